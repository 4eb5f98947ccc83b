/** The node's settings: what can be set, what it is when nobody sets it, and where it is read. */
@NullMarked
package dev.cofferdam.shim.config;

import org.jspecify.annotations.NullMarked;
