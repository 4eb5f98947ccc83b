package dev.cofferdam.operator.fleet;

import dev.cofferdam.policy.Requirement;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Numbers for pairs of policy and requirement, so that what 5,000 nodes acknowledge of 1,000
 * policies is a few bits each and not five million strings. Not thread-safe.
 */
final class Pairs {

  /** No node has more: a status of that size would not fit the API server. */
  private static final int MOST_OF_A_NODE = 20_000;

  private final Map<String, Integer> numbers = new HashMap<>();

  int number(String policy, String requirement) {
    return numbers.computeIfAbsent(policy + "/" + requirement, pair -> numbers.size());
  }

  /** What a node's status acknowledges, each entry as policy and generation/requirement. */
  BitSet numbers(Map<String, String> acknowledged) {
    BitSet bits = new BitSet();
    acknowledged.entrySet().stream()
        .limit(MOST_OF_A_NODE)
        .forEach(
            entry ->
                bits.set(number(entry.getKey(), Requirement.ofAcknowledgement(entry.getValue()))));
    return bits;
  }
}
