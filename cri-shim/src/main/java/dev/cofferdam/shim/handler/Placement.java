package dev.cofferdam.shim.handler;

/**
 * Where a pod goes.
 *
 * @param backend its {@link dev.cofferdam.sandbox.Backend#name}
 * @param variant one of its variants
 */
public record Placement(String backend, String variant) {}
