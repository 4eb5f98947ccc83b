/**
 * The streaming server: exec, attach and port-forward of our own containers over loopback, as
 * kubelet, the API server and crictl speak them (SPDY/3.1 and WebSocket). It knows no container and
 * no pod: what is at the other end is a target that the caller gives with each URL.
 */
@NullMarked
package dev.cofferdam.shim.stream;

import org.jspecify.annotations.NullMarked;
