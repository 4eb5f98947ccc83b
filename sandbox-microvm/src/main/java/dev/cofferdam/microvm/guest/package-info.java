/**
 * The connection to the agent in a guest. What comes over it comes from an enemy: bounded, checked,
 * timed.
 */
@NullMarked
package dev.cofferdam.microvm.guest;

import org.jspecify.annotations.NullMarked;
