package dev.cofferdam.policy;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Where a RuntimeClass's overhead comes from. */
public enum OverheadSource {
  /** From what nodes measured. */
  @JsonProperty("Measured")
  MEASURED,
  /** From the policy itself. */
  @JsonProperty("Fixed")
  FIXED
}
