/** Containers' root file systems, out of containerd's snapshots, and the users in them. */
@NullMarked
package dev.cofferdam.shim.rootfs;

import org.jspecify.annotations.NullMarked;
