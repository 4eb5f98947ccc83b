/**
 * The API type {@code SandboxNode}: what a node has proved and measured. Plain records, without the
 * Kubernetes client's types, since a node's shim writes them and should stay small.
 */
@NullMarked
package dev.cofferdam.policy.node;

import org.jspecify.annotations.NullMarked;
