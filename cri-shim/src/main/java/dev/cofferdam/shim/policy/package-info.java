/**
 * Runtime handlers made by SandboxPolicies: from the API server through an informer, kept on disk
 * so that a node starts without it, or from YAML files of the node's own.
 */
@NullMarked
package dev.cofferdam.shim.policy;

import org.jspecify.annotations.NullMarked;
