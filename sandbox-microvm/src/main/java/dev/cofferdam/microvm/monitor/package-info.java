/**
 * What a monitor (VMM) does for a microVM: boot it, put images into its slots, pause and stop it.
 * All else about a microVM is written once, above this.
 */
@NullMarked
package dev.cofferdam.microvm.monitor;

import org.jspecify.annotations.NullMarked;
