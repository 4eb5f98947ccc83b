/**
 * What the shim writes down about pods and containers, so that a successor finds them again: JSON
 * files with a format version, replaced atomically, before the act that they announce.
 */
@NullMarked
package dev.cofferdam.shim.state;

import org.jspecify.annotations.NullMarked;
