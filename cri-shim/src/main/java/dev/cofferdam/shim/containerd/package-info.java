/** The parts of containerd's own API that the shim uses, and of its CRI image service. */
@NullMarked
package dev.cofferdam.shim.containerd;

import org.jspecify.annotations.NullMarked;
