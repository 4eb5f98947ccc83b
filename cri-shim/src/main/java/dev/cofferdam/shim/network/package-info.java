/** What is done for the node's pod networks besides attaching pods: checks, and GC. */
@NullMarked
package dev.cofferdam.shim.network;

import org.jspecify.annotations.NullMarked;
