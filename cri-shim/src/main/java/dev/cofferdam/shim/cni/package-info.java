/** Pod networks by the Container Network Interface, specification 1.1: plugins are executed. */
@NullMarked
package dev.cofferdam.shim.cni;

import org.jspecify.annotations.NullMarked;
