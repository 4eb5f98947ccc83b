package dev.cofferdam.e2e;

/** A SandboxPolicy for gVisor, as a user would write it. */
record Policy(String name, String platform, String more) {

  static Policy named(String name) {
    return new Policy(name, "Auto", "");
  }

  Policy withPlatform(String other) {
    return new Policy(name, other, more);
  }

  /** In place of the measured overhead, which shims before that was built know nothing of. */
  Policy withFixedOverhead() {
    return new Policy(name, platform, "  overhead: Fixed\n  overheadFixed: {memory: 32Mi}\n");
  }

  String yaml() {
    return """
        apiVersion: cofferdam.dev/v1alpha1
        kind: SandboxPolicy
        metadata: {name: %s}
        spec:
          isolation: ApplicationKernel
          backends:
          - type: GVisor
            gVisor: {platform: %s}
        %s"""
        .formatted(name, platform, more);
  }
}
