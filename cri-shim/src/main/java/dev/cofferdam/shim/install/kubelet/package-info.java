/**
 * This node's kubelet: how it is told where its container runtime is, and whether its node is
 * ready.
 */
@NullMarked
package dev.cofferdam.shim.install.kubelet;

import org.jspecify.annotations.NullMarked;
