@NullMarked
package dev.cofferdam.microvm.sandbox;

import org.jspecify.annotations.NullMarked;
