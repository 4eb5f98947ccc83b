@NullMarked
package dev.cofferdam.shim.container;

import org.jspecify.annotations.NullMarked;
