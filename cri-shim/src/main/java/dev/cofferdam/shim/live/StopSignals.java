package dev.cofferdam.shim.live;

import dev.cofferdam.cri.v1.Signal;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Signals by name and number, as Linux on amd64 and arm64 counts them. */
public final class StopSignals {
  /** What a process gets that does not say otherwise. */
  public static final int TERM = 15;

  public static final int KILL = 9;

  // Where the C library's own signals end; signal(7).
  private static final int RTMIN = 34;
  private static final int RTMAX = 64;

  private static final Map<String, Integer> NUMBERS =
      Map.ofEntries(
          Map.entry("HUP", 1),
          Map.entry("INT", 2),
          Map.entry("QUIT", 3),
          Map.entry("ILL", 4),
          Map.entry("TRAP", 5),
          Map.entry("ABRT", 6),
          Map.entry("IOT", 6),
          Map.entry("BUS", 7),
          Map.entry("FPE", 8),
          Map.entry("KILL", KILL),
          Map.entry("USR1", 10),
          Map.entry("SEGV", 11),
          Map.entry("USR2", 12),
          Map.entry("PIPE", 13),
          Map.entry("ALRM", 14),
          Map.entry("TERM", TERM),
          Map.entry("STKFLT", 16),
          Map.entry("CHLD", 17),
          Map.entry("CLD", 17),
          Map.entry("CONT", 18),
          Map.entry("STOP", 19),
          Map.entry("TSTP", 20),
          Map.entry("TTIN", 21),
          Map.entry("TTOU", 22),
          Map.entry("URG", 23),
          Map.entry("XCPU", 24),
          Map.entry("XFSZ", 25),
          Map.entry("VTALRM", 26),
          Map.entry("PROF", 27),
          Map.entry("WINCH", 28),
          Map.entry("POLL", 29),
          Map.entry("IO", 29),
          Map.entry("PWR", 30),
          Map.entry("SYS", 31),
          Map.entry("RTMIN", RTMIN),
          Map.entry("RTMAX", RTMAX));

  private StopSignals() {}

  /** The number of {@code SIGTERM}, {@code term}, {@code RTMIN+3} or {@code 15}. */
  public static Optional<Integer> number(String text) {
    String name = text.strip().toUpperCase(Locale.ROOT);
    if (name.startsWith("SIGNAL_")) {
      name = name.substring("SIGNAL_".length());
    }
    if (name.startsWith("SIG")) {
      name = name.substring("SIG".length());
    }
    name = name.replace("PLUS", "+").replace("MINUS", "-");
    int offset = Math.max(name.indexOf('+'), name.indexOf('-'));
    try {
      int number;
      if (offset > 0) {
        Integer base = NUMBERS.get(name.substring(0, offset));
        number = base == null ? 0 : base + Integer.parseInt(name.substring(offset));
      } else {
        Integer known = NUMBERS.get(name);
        number = known == null ? Integer.parseInt(name) : known;
      }
      return number >= 1 && number <= RTMAX ? Optional.of(number) : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** CRI's name for a number. */
  public static Signal cri(int number) {
    for (Signal signal : Signal.values()) {
      if (signal != Signal.UNRECOGNIZED
          && signal != Signal.SIGNAL_RUNTIME_DEFAULT
          && number(signal.name()).filter(n -> n == number).isPresent()) {
        return signal;
      }
    }
    return Signal.SIGNAL_RUNTIME_DEFAULT;
  }
}
