@NullMarked
package dev.cofferdam.shim.main;

import org.jspecify.annotations.NullMarked;
