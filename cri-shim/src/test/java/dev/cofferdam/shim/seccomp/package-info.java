@NullMarked
package dev.cofferdam.shim.seccomp;

import org.jspecify.annotations.NullMarked;
