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
  /** Event only: the RuntimeClass was made. */
  CREATED("RuntimeClassCreated", true),
  /** Event only: the RuntimeClass was brought up to date with an edited policy. */
  UPDATED("RuntimeClassUpdated", true),
  /** Event only: the RuntimeClass had been changed by others and was put right. */
  REPAIRED("RuntimeClassRepaired", true);

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

  @Override
  public String toString() {
    return text;
  }
}
