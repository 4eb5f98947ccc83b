@NullMarked
package dev.cofferdam.shim.front;

import org.jspecify.annotations.NullMarked;
