@NullMarked
package dev.cofferdam.shim.image;

import org.jspecify.annotations.NullMarked;
