@NullMarked
package dev.cofferdam.shim.rootfs;

import org.jspecify.annotations.NullMarked;
