package dev.cofferdam.policy;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The kinds of wall that a policy can name. */
public enum BackendType {
  @JsonProperty("GVisor")
  GVISOR("GVisor"),
  @JsonProperty("MicroVM")
  MICROVM("MicroVM");

  private final String text;

  BackendType(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
