@NullMarked
package dev.cofferdam.shim.sandboxnode;

import org.jspecify.annotations.NullMarked;
