/** The API server, as far as a node's shim speaks to it itself. */
@NullMarked
package dev.cofferdam.shim.kube;

import org.jspecify.annotations.NullMarked;
