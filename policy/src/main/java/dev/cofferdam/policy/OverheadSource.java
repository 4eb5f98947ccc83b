package dev.cofferdam.policy;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Where a RuntimeClass's overhead comes from. */
public enum OverheadSource {
  /** From the policy itself. */
  @JsonProperty("Fixed")
  FIXED
}
