@NullMarked
package dev.cofferdam.shim.pod;

import org.jspecify.annotations.NullMarked;
