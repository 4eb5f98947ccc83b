@NullMarked
package dev.cofferdam.microvm.monitor;

import org.jspecify.annotations.NullMarked;
