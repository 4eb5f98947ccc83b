@NullMarked
package dev.cofferdam.shim.trace;

import org.jspecify.annotations.NullMarked;
