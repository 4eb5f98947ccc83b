@NullMarked
package dev.cofferdam.microvm.firecracker;

import org.jspecify.annotations.NullMarked;
