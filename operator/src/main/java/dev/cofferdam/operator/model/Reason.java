package dev.cofferdam.operator.model;

/** Every reason that a condition or an Event of ours can have. */
public enum Reason {
  /** The policy is valid. */
  VALID("Valid", true),
  /** The policy breaks a rule that it got around, such as one newer than the policy. */
  INVALID_SPEC("InvalidSpec", false),
  /** The RuntimeClass is as the policy wants it. */
  IN_PLACE("InPlace", true),
  /** A RuntimeClass of that name belongs to somebody else. */
  NAME_TAKEN("NameTaken", false),
  /** The API server refused the RuntimeClass. */
  REFUSED("Refused", false),
  /** Nothing was done because the policy is not accepted. */
  NOT_ACCEPTED("NotAccepted", false),
  /** The class waits until nodes that already serve its requirement know the policy too. */
  AWAITING_NODES("AwaitingNodes", true),
  /** A node can serve the policy. */
  NODES_ELIGIBLE("NodesEligible", true),
  /** The policy selects nodes, and none of them can serve it. */
  NO_ELIGIBLE_NODE("NoEligibleNode", false),
  /** The policy selects no node at all. */
  NO_NODE_SELECTED("NoNodeSelected", false),
  /** Every zone has an eligible node. */
  EVERY_ZONE("EveryZone", true),
  /** The selected nodes have no zones. */
  NO_ZONES("NoZones", true),
  /** In some zones no selected node is eligible. */
  ZONES_WITHOUT_NODES("ZonesWithoutNodes", false),
  /** The policy asks nothing of namespaces. */
  NOT_ASKED("NotAsked", true),
  /** What is asked holds. */
  HOLDS("Holds", true),
  /** What is asked holds, and in some namespaces another policy asks for more. */
  STRICTER_POLICY_WINS("StricterPolicyWins", false),
  /**
   * The API server serves no MutatingAdmissionPolicy, or the chart has none: nobody sets a class.
   */
  NOT_SERVED("NotServed", false),
  /** Event only: the RuntimeClass was made. */
  CREATED("RuntimeClassCreated", true),
  /** Event only: the RuntimeClass was brought up to date with an edited policy. */
  UPDATED("RuntimeClassUpdated", true),
  /** Event only: the RuntimeClass had been changed by others and was put right. */
  REPAIRED("RuntimeClassRepaired", true),
  /** Event only: the policy was deleted, and its RuntimeClass goes with it. */
  POLICY_DELETED("PolicyDeleted", true),
  /** Event only, on a Node: it no longer serves a requirement. */
  PROOF_LOST("ProofLost", false),
  /** Event only, on a Node: it serves a requirement. */
  PROVED("Proved", true);

  private final String text;
  private final boolean normal;

  Reason(String text, boolean normal) {
    this.text = text;
    this.normal = normal;
  }

  /** Whether an Event with this reason is of type Normal; else it is a Warning. */
  public boolean normal() {
    return normal;
  }

  /** Whether nobody needs to be told that a new policy begins with it. */
  public boolean quiet() {
    return this == NOT_ASKED || this == NO_ZONES;
  }

  @Override
  public String toString() {
    return text;
  }
}
