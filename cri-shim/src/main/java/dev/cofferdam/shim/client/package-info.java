/** CRI from its callers' side: for the command line and for the node's checks. */
@NullMarked
package dev.cofferdam.shim.client;

import org.jspecify.annotations.NullMarked;
