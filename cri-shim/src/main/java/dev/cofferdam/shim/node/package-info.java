/**
 * The node as it is, behind the interfaces of {@code host}: CNI plugins, kernel calls, containerd's
 * snapshots, log pump and streaming server.
 */
@NullMarked
package dev.cofferdam.shim.node;

import org.jspecify.annotations.NullMarked;
