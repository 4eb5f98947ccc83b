@NullMarked
package dev.cofferdam.shim.install;

import org.jspecify.annotations.NullMarked;
