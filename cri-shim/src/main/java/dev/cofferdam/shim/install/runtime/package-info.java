/** The container runtimes of the node, asked over CRI as kubelet asks them. */
@NullMarked
package dev.cofferdam.shim.install.runtime;

import org.jspecify.annotations.NullMarked;
