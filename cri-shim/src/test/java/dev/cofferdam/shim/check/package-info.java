@NullMarked
package dev.cofferdam.shim.check;

import org.jspecify.annotations.NullMarked;
