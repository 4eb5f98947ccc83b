package dev.cofferdam.operator.model;

/** The conditions of a SandboxPolicy. */
public enum ConditionType {
  /** The policy makes sense to the operator. */
  ACCEPTED("Accepted"),
  /** The RuntimeClass of the policy's name is there, is ours and says what the policy says. */
  RUNTIME_CLASS_READY("RuntimeClassReady"),
  /** At least one node can serve the policy. */
  NODES_AVAILABLE("NodesAvailable"),
  /** What the policy asks of namespaces holds there. */
  ENFORCED("Enforced"),
  /** Every zone in which the policy selects nodes has one that can serve it. */
  ZONES_COVERED("ZonesCovered");

  private final String text;

  ConditionType(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
