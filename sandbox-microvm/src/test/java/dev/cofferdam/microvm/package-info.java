@NullMarked
package dev.cofferdam.microvm;

import org.jspecify.annotations.NullMarked;
