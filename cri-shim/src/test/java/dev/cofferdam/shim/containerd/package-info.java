@NullMarked
package dev.cofferdam.shim.containerd;

import org.jspecify.annotations.NullMarked;
