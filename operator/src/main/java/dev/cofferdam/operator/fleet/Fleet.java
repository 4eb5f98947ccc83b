package dev.cofferdam.operator.fleet;

import dev.cofferdam.policy.Requirement;
import dev.cofferdam.policy.SandboxPolicySpec;
import dev.cofferdam.policy.Variant;
import dev.cofferdam.policy.node.BackendProof;
import dev.cofferdam.policy.node.NodeStatusFacts;
import dev.cofferdam.policy.node.RefusedPolicy;
import dev.cofferdam.policy.node.RunningSandboxes;
import dev.cofferdam.policy.node.SandboxNodeStatus;
import dev.cofferdam.policy.node.SandboxOverhead;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ObjIntConsumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All nodes and policies, and how they stand to each other. What happens is told to it, and it
 * answers with what that has changed; so that a heartbeat of one node costs nothing for the others.
 * Thread-safe: one lock, and nothing slow under it.
 */
public final class Fleet {

  /**
   * How long a policy's new requirement waits for nodes that already carry its label, on behalf of
   * another policy, to acknowledge it too. After that they lose the label.
   */
  public static final Duration ACKNOWLEDGEMENT = Duration.ofSeconds(10);

  private final Map<String, NodeEntry> nodes = new HashMap<>();
  private final Map<String, PolicyEntry> policies = new HashMap<>();
  private final Map<String, Set<String>> byRequirement = new HashMap<>();
  private final Map<String, Set<String>> served = new HashMap<>();
  private final Selectors selectors = new Selectors();
  private final Pairs pairs = new Pairs();

  /**
   * A Node is there, with these labels.
   *
   * @param ready whether its kubelet says that it is
   */
  public synchronized Changes nodeSeen(
      String name, String uid, Map<String, String> labels, boolean ready) {
    return change(name, node -> node.withNode(uid, labels, ready));
  }

  /** A Node is gone. */
  public synchronized Changes nodeGone(String name) {
    return change(name, NodeEntry::withoutNode);
  }

  /** A node's shim has spoken. */
  public synchronized Changes proofSeen(String name, SandboxNodeStatus status) {
    Map<Variant, SandboxOverhead> overheads = new HashMap<>();
    for (BackendProof proof : status.backends()) {
      if (proof.overhead() != null) {
        overheads.put(new Variant(proof.backend(), proof.variant()), proof.overhead());
      }
    }
    Proof proof =
        new Proof(
            NodeStatusFacts.of(status),
            NodeStatusFacts.drift(status),
            overheads,
            List.copyOf(status.sandboxes()),
            pairs.numbers(status.acknowledged()),
            status.refused().stream().map(RefusedPolicy::name).collect(Collectors.toSet()));
    return change(name, node -> node.withProof(proof));
  }

  /** What a node's shim had said is gone. */
  public synchronized Changes proofGone(String name) {
    return change(name, node -> node.withProof(null));
  }

  /** Exactly these nodes' shims have not been heard of for too long. */
  public synchronized Changes staleAre(Set<String> names) {
    Set<String> changedPolicies = new HashSet<>();
    Set<String> changedNodes = new HashSet<>();
    for (NodeEntry node : List.copyOf(nodes.values())) {
      boolean stale = names.contains(node.name());
      if (node.stale() != stale) {
        Changes changes = change(node.name(), old -> old.withStale(stale));
        changedPolicies.addAll(changes.policies());
        changedNodes.addAll(changes.nodes());
      }
    }
    return new Changes(changedPolicies, changedNodes);
  }

  /** A policy is there, new or edited. */
  public synchronized Changes policySeen(String name, SandboxPolicySpec spec, Instant now) {
    PolicyEntry old = policies.get(name);
    if (old != null && old.spec().equals(spec)) {
      return Changes.NONE;
    }
    PolicyEntry policy = PolicyEntry.of(name, spec, pairs, now);
    if (old != null && old.requirement().equals(policy.requirement())) {
      policy = PolicyEntry.of(name, spec, pairs, old.since());
    } else if (old != null) {
      forget(old);
    }
    if (old != null) {
      selectors.remove(name, old.spec());
    }
    selectors.add(name, spec, nodes.values());
    policies.put(name, policy);
    byRequirement.computeIfAbsent(policy.requirement(), key -> new LinkedHashSet<>()).add(name);
    Set<String> changedNodes = wronglyLabelled(policy.requirement(), now);
    if (old != null && !old.requirement().equals(policy.requirement())) {
      changedNodes.addAll(wronglyLabelled(old.requirement(), now));
    }
    return new Changes(Set.of(name), changedNodes);
  }

  /** A policy is gone. */
  public synchronized Changes policyGone(String name, Instant now) {
    PolicyEntry old = policies.remove(name);
    if (old == null) {
      return Changes.NONE;
    }
    forget(old);
    selectors.remove(name, old.spec());
    return new Changes(Set.of(name), wronglyLabelled(old.requirement(), now));
  }

  /** Policies whose time to be acknowledged is over between two instants, and their nodes. */
  public synchronized Changes acknowledgementsOver(Instant after, Instant until) {
    Set<String> changedNodes = new HashSet<>();
    Set<String> changedPolicies = new HashSet<>();
    for (PolicyEntry policy : policies.values()) {
      Instant end = policy.since().plus(ACKNOWLEDGEMENT);
      if (end.isAfter(after) && !end.isAfter(until)) {
        changedNodes.addAll(wronglyLabelled(policy.requirement(), until));
        changedPolicies.add(policy.name());
      }
    }
    return new Changes(changedPolicies, changedNodes);
  }

  /** What the nodes say to this policy. */
  public synchronized PolicyFindings findings(String name, SandboxPolicySpec spec) {
    PolicyEntry policy = PolicyEntry.of(name, spec, pairs, Instant.EPOCH);
    PolicyFindings.Sum sum = new PolicyFindings.Sum();
    selected(policy).forEach(node -> sum.add(policy.standing(node)));
    return sum.findings();
  }

  /**
   * Whether a class of this policy would match only nodes whose shims know the policy: each that
   * carries the label and is selected has acknowledged it, or is about to lose the label.
   */
  public synchronized boolean isKnownWhereLabelled(
      String name, SandboxPolicySpec spec, Instant now) {
    PolicyEntry policy = policies.get(name);
    if (policy == null || !policy.spec().equals(spec)) {
      return false;
    }
    return selected(policy)
        .filter(node -> node.served().contains(policy.requirement()))
        .allMatch(node -> policy.isAcknowledgedBy(node) || !isYoung(policy, now));
  }

  /**
   * The labels of a node that are not as they should be: key to value, empty to be taken away.
   * Nothing for a Node that isn't there.
   */
  public synchronized Map<String, Optional<String>> labelChanges(String name, Instant now) {
    NodeEntry node = nodes.get(name);
    Map<String, Optional<String>> changes = new TreeMap<>();
    if (node == null || !node.isThere()) {
      return changes;
    }
    Set<String> near = new HashSet<>();
    selectors.policies(node.labels(), near);
    Set<String> asked =
        near.stream()
            .map(policies::get)
            .filter(policy -> policy != null && policy.selects(node))
            .map(PolicyEntry::requirement)
            .collect(Collectors.toSet());
    for (String requirement : asked) {
      if (!node.served().contains(requirement) && serves(node, requirement, now)) {
        changes.put(Requirement.LABEL_PREFIX + requirement, Optional.of(Requirement.LABEL_VALUE));
      }
    }
    for (String requirement : node.served()) {
      if (!serves(node, requirement, now)) {
        changes.put(Requirement.LABEL_PREFIX + requirement, Optional.empty());
      }
    }
    return changes;
  }

  /** Why a node does not serve a requirement, by the first policy that asks for it. */
  public synchronized String whyNot(String name, String requirement) {
    NodeEntry node = nodes.getOrDefault(name, NodeEntry.unknown(name));
    return asking(node, requirement).stream()
        .sorted(Comparator.comparing(PolicyEntry::name))
        .map(policy -> policy.standing(node))
        .filter(standing -> !standing.eligible())
        .map(Standing::reason)
        .findFirst()
        .orElse("no policy asks for it any more");
  }

  /** The UID of a Node that is there. */
  public synchronized Optional<String> uid(String name) {
    return Optional.ofNullable(nodes.get(name)).map(NodeEntry::uid);
  }

  /** The names of the policies that are there. */
  public synchronized Set<String> policyNames() {
    return Set.copyOf(policies.keySet());
  }

  /** All nodes. */
  public synchronized Set<String> nodeNames() {
    return Set.copyOf(nodes.keySet());
  }

  /** The nodes whose shims have spoken. */
  public synchronized Set<String> shims() {
    return nodes.values().stream()
        .filter(node -> node.proof() != null)
        .map(NodeEntry::name)
        .collect(Collectors.toSet());
  }

  /** The nodes that are not ready. */
  public synchronized Set<String> notReady() {
    return nodes.values().stream()
        .filter(node -> !node.ready())
        .map(NodeEntry::name)
        .collect(Collectors.toSet());
  }

  /** How many nodes there are, and how many of them are stale. */
  public synchronized int count(boolean staleOnly) {
    return (int)
        nodes.values().stream()
            .filter(NodeEntry::isThere)
            .filter(node -> node.stale() || !staleOnly)
            .count();
  }

  /** Gives each variant with the number of nodes that proved it. */
  public synchronized void proved(ObjIntConsumer<Variant> take) {
    Map<Variant, Integer> sums = new HashMap<>();
    for (NodeEntry node : nodes.values()) {
      if (node.proof() != null) {
        node.proof()
            .facts()
            .findings()
            .forEach(
                (variant, finding) -> sums.merge(variant, finding.works() ? 1 : 0, Integer::sum));
      }
    }
    sums.forEach(take::accept);
  }

  /** The sandboxes that run on all nodes, by policy and variant. */
  public synchronized List<RunningSandboxes> running() {
    Map<RunningSandboxes, Integer> sums = new HashMap<>();
    for (NodeEntry node : nodes.values()) {
      if (node.proof() != null) {
        for (RunningSandboxes each : node.proof().sandboxes()) {
          sums.merge(each.with(0), each.running(), Integer::sum);
        }
      }
    }
    return sums.entrySet().stream().map(sum -> sum.getKey().with(sum.getValue())).toList();
  }

  private Changes change(String name, UnaryOperator<NodeEntry> how) {
    NodeEntry before = nodes.getOrDefault(name, NodeEntry.unknown(name));
    NodeEntry after = how.apply(before);
    if (after.isThere() || after.proof() != null) {
      nodes.put(name, after);
    } else {
      nodes.remove(name);
    }
    selectors.relabelled(name, before.labels(), after.labels());
    serving(before, after);
    Set<String> near = new HashSet<>();
    selectors.policies(before.labels(), near);
    selectors.policies(after.labels(), near);
    Set<String> changed = new HashSet<>();
    for (String policyName : near) {
      PolicyEntry policy = policies.get(policyName);
      if (policy != null && !standing(policy, before).equals(standing(policy, after))) {
        changed.add(policy.name());
      }
    }
    return Changes.of(changed, name);
  }

  private void serving(NodeEntry before, NodeEntry after) {
    for (String requirement : before.served()) {
      Set<String> all = served.get(requirement);
      if (all != null && !after.served().contains(requirement)) {
        all.remove(before.name());
        if (all.isEmpty()) {
          served.remove(requirement);
        }
      }
    }
    for (String requirement : after.served()) {
      served.computeIfAbsent(requirement, key -> new HashSet<>()).add(after.name());
    }
  }

  /** The nodes that a policy selects. */
  private Stream<NodeEntry> selected(PolicyEntry policy) {
    Stream<NodeEntry> near =
        selectors
            .nodes(policy.spec())
            .map(names -> names.stream().map(nodes::get).filter(Objects::nonNull))
            .orElseGet(() -> nodes.values().stream());
    return near.filter(policy::selects);
  }

  private static Optional<Standing> standing(PolicyEntry policy, NodeEntry node) {
    return policy.selects(node) ? Optional.of(policy.standing(node)) : Optional.empty();
  }

  private void forget(PolicyEntry policy) {
    Set<String> group = byRequirement.get(policy.requirement());
    if (group != null) {
      group.remove(policy.name());
      if (group.isEmpty()) {
        byRequirement.remove(policy.requirement());
      }
    }
  }

  private Set<String> wronglyLabelled(String requirement, Instant now) {
    Set<String> concerned = new HashSet<>(served.getOrDefault(requirement, Set.of()));
    for (String name : byRequirement.getOrDefault(requirement, Set.of())) {
      PolicyEntry policy = policies.get(name);
      if (policy != null && concerned.size() < nodes.size()) {
        selected(policy).forEach(node -> concerned.add(node.name()));
      }
    }
    concerned.removeIf(
        name -> {
          NodeEntry node = nodes.get(name);
          return node == null
              || !node.isThere()
              || node.served().contains(requirement) == serves(node, requirement, now);
        });
    return concerned;
  }

  /** The policies with a requirement that select a node, found by whichever way is shorter. */
  private List<PolicyEntry> asking(NodeEntry node, String requirement) {
    Set<String> near = byRequirement.getOrDefault(requirement, Set.of());
    if (near.size() > selectors.policiesOfAllNodes()) {
      near = new HashSet<>();
      selectors.policies(node.labels(), near);
    }
    List<PolicyEntry> asking = new ArrayList<>();
    for (String name : near) {
      PolicyEntry policy = policies.get(name);
      if (policy != null && policy.requirement().equals(requirement) && policy.selects(node)) {
        asking.add(policy);
      }
    }
    return asking;
  }

  /**
   * Whether a node should carry the label of a requirement: it is eligible for a policy that asks
   * for it, and knows every policy that does. A node that carries it already keeps it while a
   * policy is too young to be known: that policy's class waits instead. So it does while nobody can
   * know better: a node that is away as a whole gets no pods, and one that was booted is checked
   * first. Its kubelet looks at labels again when it starts, and refuses for good the pods that it
   * had ({@code NodeAffinity}; pkg/kubelet/lifecycle/predicate.go).
   */
  private boolean serves(NodeEntry node, String requirement, Instant now) {
    boolean eligible = false;
    for (PolicyEntry policy : asking(node, requirement)) {
      switch (policy.standing(node).kind()) {
        case ELIGIBLE -> eligible = true;
        case NOT_ACKNOWLEDGED -> {
          if (!node.served().contains(requirement) || !isYoung(policy, now)) {
            return false;
          }
          eligible = true;
        }
        case STALE -> {
          if (node.ready() || !node.served().contains(requirement)) {
            return false;
          }
          eligible = true;
        }
        case UNCHECKED -> {
          if (!node.served().contains(requirement)) {
            return false;
          }
          eligible = true;
        }
        case POLICY_REFUSED, NO_SHIM, DRIFTED, NOT_PROVED -> {
          return false;
        }
      }
    }
    return eligible;
  }

  private static boolean isYoung(PolicyEntry policy, Instant now) {
    return now.isBefore(policy.since().plus(ACKNOWLEDGEMENT));
  }
}
