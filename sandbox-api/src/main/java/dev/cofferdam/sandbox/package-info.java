/**
 * The SPI between the shim and its backends: what a wall around a pod can do, whether it was proved
 * on this node, and the life of a sandbox, its containers and their processes. It knows nothing of
 * CRI, OCI or Kubernetes; each backend translates at its own edge.
 */
@NullMarked
package dev.cofferdam.sandbox;

import org.jspecify.annotations.NullMarked;
