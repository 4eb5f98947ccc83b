@NullMarked
package dev.cofferdam.shim.metrics;

import org.jspecify.annotations.NullMarked;
