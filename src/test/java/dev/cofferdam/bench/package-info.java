/**
 * {@code dev/bench pods}: what a pod of ours costs in time and memory, beside a pod of the peer's
 * in the same run. Machines differ and are shared, so what counts are ratios of neighbours in time.
 */
@NullMarked
package dev.cofferdam.bench;

import org.jspecify.annotations.NullMarked;
