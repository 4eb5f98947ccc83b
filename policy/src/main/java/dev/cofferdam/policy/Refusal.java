package dev.cofferdam.policy;

/**
 * Why a node cannot give a policy one of its backends.
 *
 * @param message one sentence for people; the same for nodes with the same facts
 */
public record Refusal(BackendType backend, Why why, String message) {

  /** Every reason that there is. */
  public enum Why {
    /** The backend's wall is weaker than the policy's isolation. */
    TOO_WEAK("TooWeak"),
    /** The policy wants the backend on another kind of node. */
    OTHER_GROUND("OtherGround"),
    /** The policy wants the backend on one kind of node, and what this one is isn't known. */
    UNKNOWN_GROUND("UnknownGround"),
    /** No variant that would do is proved on the node. */
    NOT_PROVED("NotProved");

    private final String text;

    Why(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  @Override
  public String toString() {
    return message;
  }
}
