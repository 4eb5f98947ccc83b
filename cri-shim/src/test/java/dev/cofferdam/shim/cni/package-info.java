@NullMarked
package dev.cofferdam.shim.cni;

import org.jspecify.annotations.NullMarked;
