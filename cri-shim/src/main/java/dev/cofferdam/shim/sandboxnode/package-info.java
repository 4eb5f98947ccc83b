/**
 * This node's SandboxNode: what it proved and measured, which policies it knows, and, by a Lease,
 * that it is alive. All of it in the background: no pod waits for the API server.
 */
@NullMarked
package dev.cofferdam.shim.sandboxnode;

import org.jspecify.annotations.NullMarked;
