/** Puts the parts of the shim together and runs them. */
@NullMarked
package dev.cofferdam.shim.main;

import org.jspecify.annotations.NullMarked;
