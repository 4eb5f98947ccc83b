@NullMarked
package dev.cofferdam.shim.policy;

import org.jspecify.annotations.NullMarked;
