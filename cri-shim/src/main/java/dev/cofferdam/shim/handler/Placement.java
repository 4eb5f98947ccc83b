package dev.cofferdam.shim.handler;

/**
 * Where a pod goes.
 *
 * @param backend its {@link dev.cofferdam.sandbox.Backend#name}
 * @param variant one of its variants
 * @param hostNetwork whether pods of this handler may share the node's network
 */
public record Placement(String backend, String variant, boolean hostNetwork) {}
