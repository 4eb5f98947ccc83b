/**
 * The calls of CRI about pod sandboxes, one class each, and what keeps them true: teardown,
 * recovery after a restart, the sweep.
 */
@NullMarked
package dev.cofferdam.shim.pod;

import org.jspecify.annotations.NullMarked;
