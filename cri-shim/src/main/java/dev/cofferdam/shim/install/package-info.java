/**
 * Puts Cofferdam on a node, replaces it by another version, and takes it away, under live pods.
 * Every change is written down before it is made, by what takes it back: a failure is undone on the
 * spot, and what a kill or a reboot cut off is undone by the next call, whichever that is.
 */
@NullMarked
package dev.cofferdam.shim.install;

import org.jspecify.annotations.NullMarked;
