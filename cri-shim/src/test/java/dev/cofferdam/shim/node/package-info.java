@NullMarked
package dev.cofferdam.shim.node;

import org.jspecify.annotations.NullMarked;
