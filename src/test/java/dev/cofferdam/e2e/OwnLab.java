package dev.cofferdam.e2e;

import dev.cofferdam.lab.LabOptions;
import dev.cofferdam.lab.LabOptions.NodeRuntime;

/** Options of labs that one test has for itself, beside {@link SharedLab}. */
final class OwnLab {
  private OwnLab() {}

  /**
   * A cluster that knows nothing of Cofferdam: kubelet on containerd.
   *
   * @param suffix tells it from the other tests' labs
   */
  static LabOptions bare(String suffix) {
    return new LabOptions(
        System.getenv().getOrDefault("COFFERDAM_LAB", "test") + suffix,
        SharedLab.REPOSITORY,
        NodeRuntime.CONTAINERD,
        true);
  }
}
