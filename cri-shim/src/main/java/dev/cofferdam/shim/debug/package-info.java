/**
 * Everything about one pod that a bug report needs, off the node's disk and {@code /proc}, so that
 * it works while the shim does not. Values of environment variables and whatever else is named like
 * a secret are left out.
 */
@NullMarked
package dev.cofferdam.shim.debug;

import org.jspecify.annotations.NullMarked;
