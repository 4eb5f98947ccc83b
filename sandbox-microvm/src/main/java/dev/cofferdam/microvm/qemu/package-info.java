/** QEMU's machine {@code microvm}, with {@code vhost-device-vsock} beside it. */
@NullMarked
package dev.cofferdam.microvm.qemu;

import org.jspecify.annotations.NullMarked;
