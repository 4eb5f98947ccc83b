@NullMarked
package dev.cofferdam.shim.live;

import org.jspecify.annotations.NullMarked;
