@NullMarked
package dev.cofferdam.shim.cadvisor;

import org.jspecify.annotations.NullMarked;
