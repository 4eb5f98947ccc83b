/**
 * From the runtime handler that a pod names to the backend that will wall it off: which handlers
 * are ours, and which backend and variant each means on this node.
 */
@NullMarked
package dev.cofferdam.shim.handler;

import org.jspecify.annotations.NullMarked;
