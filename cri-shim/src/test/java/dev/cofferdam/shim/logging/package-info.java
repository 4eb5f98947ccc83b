@NullMarked
package dev.cofferdam.shim.logging;

import org.jspecify.annotations.NullMarked;
