package dev.cofferdam.shim.sandboxnode;

import dev.cofferdam.policy.node.NodeCondition;
import dev.cofferdam.policy.node.RefusedPolicy;
import dev.cofferdam.policy.node.RunningSandboxes;
import dev.cofferdam.shim.check.LiveOverhead;
import dev.cofferdam.shim.check.NodeReport;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Where what is told of a node comes from. Each answers from memory.
 *
 * @param live what live pods cost, by variant's name
 * @param conditions out of those that were told before
 */
public record NodeSources(
    String shimVersion,
    Supplier<Optional<NodeReport>> report,
    Supplier<Map<String, LiveOverhead>> live,
    Supplier<List<RunningSandboxes>> sandboxes,
    Supplier<Map<String, String>> acknowledged,
    Supplier<List<RefusedPolicy>> refused,
    Function<List<NodeCondition>, List<NodeCondition>> conditions) {}
