/**
 * The machine that is installed on: its files below a root, its processes, programs that are run.
 */
@NullMarked
package dev.cofferdam.shim.install.host;

import org.jspecify.annotations.NullMarked;
