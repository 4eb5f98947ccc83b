package dev.cofferdam.operator.fleet;

import dev.cofferdam.policy.node.SandboxOverhead;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the nodes say to a policy, added up. Immutable.
 *
 * @param total nodes that it selects
 * @param backends how many eligible nodes give which variant
 * @param zones by zone; blank for nodes without one
 * @param overhead the most that an eligible node measured; empty where none did
 * @param reasons why nodes are not eligible, and how many
 */
public record PolicyFindings(
    int eligible,
    int total,
    SortedMap<String, Integer> backends,
    SortedMap<String, Zone> zones,
    Optional<SandboxOverhead> overhead,
    Map<String, Integer> reasons) {

  /** The nodes of one zone. */
  public record Zone(int eligible, int total) {}

  public static final PolicyFindings NONE =
      new PolicyFindings(0, 0, new TreeMap<>(), new TreeMap<>(), Optional.empty(), Map.of());

  /** Adds up. */
  static final class Sum {
    // A fleet can fail in more ways than a condition can tell.
    private static final int MOST_REASONS = 50;

    private int eligible;
    private int total;
    private final SortedMap<String, Integer> backends = new TreeMap<>();
    private final SortedMap<String, Zone> zones = new TreeMap<>();
    private final SortedMap<String, Integer> reasons = new TreeMap<>();
    private long memoryBytes;
    private long cpuMillis;

    void add(Standing standing) {
      total++;
      int one = standing.eligible() ? 1 : 0;
      eligible += one;
      zones.merge(
          standing.zone(),
          new Zone(one, 1),
          (a, b) -> new Zone(a.eligible() + b.eligible(), a.total() + b.total()));
      if (!standing.eligible()) {
        if (reasons.size() < MOST_REASONS || reasons.containsKey(standing.reason())) {
          reasons.merge(standing.reason(), 1, Integer::sum);
        }
        return;
      }
      backends.merge(String.valueOf(standing.variant()), 1, Integer::sum);
      SandboxOverhead measured = standing.overhead();
      if (measured != null) {
        memoryBytes = Math.max(memoryBytes, orZero(measured.memoryBytes()));
        cpuMillis = Math.max(cpuMillis, orZero(measured.cpuMillis()));
      }
    }

    PolicyFindings findings() {
      return new PolicyFindings(
          eligible,
          total,
          backends,
          zones,
          memoryBytes > 0 || cpuMillis > 0
              ? Optional.of(new SandboxOverhead(memoryBytes, cpuMillis, null))
              : Optional.empty(),
          reasons);
    }

    private static long orZero(@Nullable Long amount) {
      return amount == null ? 0 : amount;
    }
  }
}
