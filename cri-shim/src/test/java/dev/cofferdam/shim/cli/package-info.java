@NullMarked
package dev.cofferdam.shim.cli;

import org.jspecify.annotations.NullMarked;
