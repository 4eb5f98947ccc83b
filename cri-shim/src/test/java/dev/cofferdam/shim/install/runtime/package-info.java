@NullMarked
package dev.cofferdam.shim.install.runtime;

import org.jspecify.annotations.NullMarked;
