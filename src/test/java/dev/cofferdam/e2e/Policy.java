package dev.cofferdam.e2e;

/** A SandboxPolicy for gVisor, as a user would write it. */
record Policy(String name, String platform) {

  static Policy named(String name) {
    return new Policy(name, "Auto");
  }

  Policy withPlatform(String other) {
    return new Policy(name, other);
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
        """
        .formatted(name, platform);
  }
}
