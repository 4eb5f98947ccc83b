package dev.cofferdam.operator.fleet;

import dev.cofferdam.policy.NodeFacts;
import dev.cofferdam.policy.Variant;
import dev.cofferdam.policy.node.RunningSandboxes;
import dev.cofferdam.policy.node.SandboxOverhead;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a node's shim has said, as small as it can be kept.
 *
 * @param drift why no pod of ours starts there though a wall was proved; blank if nothing is known
 *     against it
 * @param acknowledged numbers out of {@link Pairs}; never changed
 */
record Proof(
    NodeFacts facts,
    String drift,
    Map<Variant, SandboxOverhead> overheads,
    List<RunningSandboxes> sandboxes,
    BitSet acknowledged,
    Set<String> refused) {}
