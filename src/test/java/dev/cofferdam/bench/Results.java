package dev.cofferdam.bench;

import java.util.ArrayList;
import java.util.List;

/** What a run found, in the order in which it was found. Used by one thread. */
final class Results {
  private final Machine machine;
  private final List<Comparison> comparisons = new ArrayList<>();
  private final List<Footprint> footprints = new ArrayList<>();
  private final List<Single> singles = new ArrayList<>();

  Results(Machine machine) {
    this.machine = machine;
  }

  void add(Comparison comparison) {
    comparisons.add(comparison);
  }

  void add(Footprint footprint) {
    footprints.add(footprint);
  }

  void add(Single single) {
    singles.add(single);
  }

  Machine machine() {
    return machine;
  }

  List<Comparison> comparisons() {
    return List.copyOf(comparisons);
  }

  List<Footprint> footprints() {
    return List.copyOf(footprints);
  }

  List<Single> singles() {
    return List.copyOf(singles);
  }
}
