@NullMarked
package dev.cofferdam.microvm.image;

import org.jspecify.annotations.NullMarked;
