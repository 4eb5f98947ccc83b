/**
 * What runs on this node, in memory: pods with their containers, what is known of each, their names
 * and events. Its truth on disk is in {@code state}.
 */
@NullMarked
package dev.cofferdam.shim.live;

import org.jspecify.annotations.NullMarked;
