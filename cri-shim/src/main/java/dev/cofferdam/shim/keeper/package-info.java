/** Descriptors that must outlive the shim, left with one small process a node. */
@NullMarked
package dev.cofferdam.shim.keeper;

import org.jspecify.annotations.NullMarked;
