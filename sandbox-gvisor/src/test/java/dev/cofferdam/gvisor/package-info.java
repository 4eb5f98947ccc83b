@NullMarked
package dev.cofferdam.gvisor;

import org.jspecify.annotations.NullMarked;
