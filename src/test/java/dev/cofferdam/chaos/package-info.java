/**
 * Kills parts of a node at random instants of random calls and looks whether every promise about
 * pods still holds. Repeatable by its seed, as far as races can be repeated.
 */
@NullMarked
package dev.cofferdam.chaos;

import org.jspecify.annotations.NullMarked;
