@NullMarked
package dev.cofferdam.microvm.volume;

import org.jspecify.annotations.NullMarked;
