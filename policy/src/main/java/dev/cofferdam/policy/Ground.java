package dev.cofferdam.policy;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a node's kernel runs on. */
public enum Ground {
  @JsonProperty("BareMetal")
  BARE_METAL("BareMetal"),
  @JsonProperty("VirtualMachine")
  VIRTUAL_MACHINE("VirtualMachine");

  private final String text;

  Ground(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
