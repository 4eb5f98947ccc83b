@NullMarked
package dev.cofferdam.shim.state;

import org.jspecify.annotations.NullMarked;
