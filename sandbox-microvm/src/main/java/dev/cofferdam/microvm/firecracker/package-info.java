/** Firecracker, started by its jailer and driven over its REST API. */
@NullMarked
package dev.cofferdam.microvm.firecracker;

import org.jspecify.annotations.NullMarked;
