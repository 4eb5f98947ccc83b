package dev.cofferdam.shim.cadvisor;

import java.util.List;

/**
 * One number.
 *
 * @param more the values of {@link Family#more}
 * @param value in the family's unit
 */
record Sample(Family family, List<String> more, long value) {
  static Sample of(Family family, long value, String... more) {
    return new Sample(family, List.of(more), value);
  }
}
