package dev.cofferdam.operator.rollout;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An order to the pod on a node, as it stands in its annotation.
 *
 * @param id told apart from the pod's other orders by it; of letters and digits
 */
public record Turn(Verb verb, String id) {
  private static final int DIGITS = 36;
  private static final Pattern TEXT =
      Pattern.compile("(install|uninstall|uninstall --evict) ([a-z0-9]+)");

  /** What is to be done. */
  public enum Verb {
    INSTALL("install"),
    UNINSTALL("uninstall"),
    /** With the sandboxed pods that are there. */
    EVICT("uninstall --evict");

    private final String word;

    Verb(String word) {
      this.word = word;
    }
  }

  static Turn next(Verb verb, long now) {
    return new Turn(verb, Long.toString(now, DIGITS));
  }

  static Optional<Turn> of(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (matcher.matches()) {
      for (Verb verb : Verb.values()) {
        if (verb.word.equals(matcher.group(1))) {
          return Optional.of(new Turn(verb, matcher.group(2)));
        }
      }
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return verb.word + " " + id;
  }
}
