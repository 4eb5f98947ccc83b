package dev.cofferdam.policy;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Why a variant counts as working on a node, or as not. */
public enum ProbeReason {
  /** A sandbox ran there, the whole way that a pod takes. */
  @JsonProperty("Proved")
  PROVED("Proved"),
  /** Nobody has tried yet. */
  @JsonProperty("NotProbed")
  NOT_PROBED("NotProbed"),
  /** The shim has no such backend or variant. */
  @JsonProperty("NotBuiltIn")
  NOT_BUILT_IN("NotBuiltIn"),
  /** A program or file that it needs is not there. */
  @JsonProperty("NotInstalled")
  NOT_INSTALLED("NotInstalled"),
  /** The node's hardware or kernel has not what it needs, such as KVM. */
  @JsonProperty("NotSupported")
  NOT_SUPPORTED("NotSupported"),
  /** The probe was not done in time: the variant hangs. */
  @JsonProperty("TimedOut")
  TIMED_OUT("TimedOut"),
  /** The probe failed. */
  @JsonProperty("Failed")
  FAILED("Failed");

  private final String text;

  ProbeReason(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
