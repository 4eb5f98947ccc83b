package dev.cofferdam.chaos;

import dev.cofferdam.lab.Lab;
import dev.cofferdam.lab.LabOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What the pods are behind, which says what there is to kill and how fast things go. */
enum Wall {
  GVISOR("gvisor", 1000, 200, 1),
  /** Under emulation, by a policy: the built-in handler tries KVM first, which hangs in places. */
  MICROVM("cofferdam-emulated", 100, 20, 4);

  private static final String POLICY =
      """
      apiVersion: cofferdam.dev/v1alpha1
      kind: SandboxPolicy
      metadata: {name: emulated}
      spec:
        isolation: Development
        backends: [{type: MicroVM, microVM: {acceleration: Emulated}}]
      """;

  private final String handler;
  private final int witnessLinesPerSecond;
  private final int linesPerSecond;
  private final int timesSlower;

  Wall(String handler, int witnessLinesPerSecond, int linesPerSecond, int timesSlower) {
    this.handler = handler;
    this.witnessLinesPerSecond = witnessLinesPerSecond;
    this.linesPerSecond = linesPerSecond;
    this.timesSlower = timesSlower;
  }

  String handler() {
    return handler;
  }

  /** How much the pod that stays writes. */
  int witnessLinesPerSecond() {
    return witnessLinesPerSecond;
  }

  int linesPerSecond() {
    return linesPerSecond;
  }

  /** Compared with {@link Operation#usual}. */
  int timesSlower() {
    return timesSlower;
  }

  private Set<Target> own() {
    return switch (this) {
      case GVISOR -> EnumSet.of(Target.SENTRY, Target.GOFER, Target.RUNSC);
      case MICROVM -> EnumSet.of(Target.MONITOR, Target.VSOCK, Target.FILES);
    };
  }

  /** What may be killed: no other wall's processes. */
  List<Target> targets() {
    Set<Target> targets = EnumSet.allOf(Target.class);
    for (Wall wall : values()) {
      if (wall != this) {
        targets.removeAll(wall.own());
      }
    }
    return List.copyOf(targets);
  }

  /** Whether only pods behind this wall have such a process. */
  boolean has(Target target) {
    return own().contains(target);
  }

  LabOptions with(LabOptions options) {
    return this == MICROVM ? options.withMicroVm() : options;
  }

  /** To be called when the lab is up. */
  void prepare(Lab lab) throws IOException {
    if (this == MICROVM) {
      Path policies = Files.createDirectories(lab.directories().etc("cofferdam/policies"));
      Files.writeString(policies.resolve("emulated.yaml"), POLICY);
    }
  }
}
