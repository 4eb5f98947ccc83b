@NullMarked
package dev.cofferdam.shim.debug;

import org.jspecify.annotations.NullMarked;
