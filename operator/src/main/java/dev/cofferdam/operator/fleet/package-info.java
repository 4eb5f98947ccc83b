/**
 * All nodes and policies of the cluster as one index in memory: which node serves which policy. It
 * reads and writes nothing itself; {@code watch} feeds it and acts on what has changed.
 */
@NullMarked
package dev.cofferdam.operator.fleet;

import org.jspecify.annotations.NullMarked;
