/**
 * The CRI server: what is not about our pods goes to containerd and back as raw bytes; what is ours
 * is answered by {@link dev.cofferdam.shim.front.OwnCall}s; lists, status and events are merged.
 * Knows the wire, not pods: nothing here may use another package of the shim.
 */
@NullMarked
package dev.cofferdam.shim.front;

import org.jspecify.annotations.NullMarked;
