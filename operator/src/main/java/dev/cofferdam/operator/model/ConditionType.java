package dev.cofferdam.operator.model;

/** The conditions of a SandboxPolicy. */
public enum ConditionType {
  /** The policy makes sense to the operator. */
  ACCEPTED("Accepted"),
  /** The RuntimeClass of the policy's name is there, is ours and says what the policy says. */
  RUNTIME_CLASS_READY("RuntimeClassReady");

  private final String text;

  ConditionType(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
