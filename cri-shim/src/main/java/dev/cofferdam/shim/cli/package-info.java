/** The command {@code cofferdam}: the service itself, and what a person asks a node. */
@NullMarked
package dev.cofferdam.shim.cli;

import org.jspecify.annotations.NullMarked;
