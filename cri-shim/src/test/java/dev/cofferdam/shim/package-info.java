@NullMarked
package dev.cofferdam.shim;

import org.jspecify.annotations.NullMarked;
