@NullMarked
package dev.cofferdam.microvm.guest;

import org.jspecify.annotations.NullMarked;
