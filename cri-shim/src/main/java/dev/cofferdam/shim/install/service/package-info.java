/** Who starts the shim and kubelet on this machine. */
@NullMarked
package dev.cofferdam.shim.install.service;

import org.jspecify.annotations.NullMarked;
