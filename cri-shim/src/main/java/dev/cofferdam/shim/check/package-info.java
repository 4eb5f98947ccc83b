/**
 * What this node can really do: every backend runs a small pod the whole way that a pod takes,
 * through the shim's own socket, under a deadline. What it costs is measured on the way.
 */
@NullMarked
package dev.cofferdam.shim.check;

import org.jspecify.annotations.NullMarked;
