package dev.cofferdam.microvm;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.util.Arrays;
import java.util.List;

/** A monitor with what accelerates it. */
enum Variant {
  FIRECRACKER("firecracker"),
  QEMU("qemu"),
  /** Isolates nobody: for development, where it is asked for by name. */
  QEMU_EMULATED("qemu-emulated");

  private final String text;

  Variant(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }

  static List<String> names() {
    return Arrays.stream(values()).map(Variant::text).toList();
  }

  static Variant of(String text) {
    return Arrays.stream(values())
        .filter(variant -> variant.text.equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new SandboxException(
                    ErrorCode.INVALID_ARGUMENT,
                    "microVMs have no variant `" + text + "`; they have " + names()));
  }
}
