/** Handing the pod's network interfaces over to its guest. */
@NullMarked
package dev.cofferdam.microvm.network;

import org.jspecify.annotations.NullMarked;
