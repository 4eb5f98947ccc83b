@NullMarked
package dev.cofferdam.shim.testing;

import org.jspecify.annotations.NullMarked;
