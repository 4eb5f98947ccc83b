/**
 * Sandboxes, containers and processes in a guest, the same for every monitor: the SPI on one side,
 * the guest protocol on the other.
 */
@NullMarked
package dev.cofferdam.microvm.sandbox;

import org.jspecify.annotations.NullMarked;
