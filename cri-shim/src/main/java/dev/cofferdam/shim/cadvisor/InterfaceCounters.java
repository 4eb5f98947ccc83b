package dev.cofferdam.shim.cadvisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What one interface of a network namespace has counted; see proc_net(5). All but loopback. */
public record InterfaceCounters(
    String name,
    long receivedBytes,
    long receivedPackets,
    long receiveErrors,
    long receiveDropped,
    long sentBytes,
    long sentPackets,
    long sendErrors,
    long sendDropped) {
  private static final int HEADER_LINES = 2;
  private static final int COLUMNS = 16;
  private static final int SENT = 8;

  /**
   * Those of the namespace that a process is in; none once it has ended.
   *
   * @param pid on the host
   */
  public static List<InterfaceCounters> of(long pid) {
    try {
      return parse(Files.readAllLines(Path.of("/proc", Long.toString(pid), "net", "dev")));
    } catch (IOException gone) {
      return List.of();
    }
  }

  /** Of the lines of {@code /proc/PID/net/dev}. */
  public static List<InterfaceCounters> parse(List<String> lines) {
    List<InterfaceCounters> found = new ArrayList<>();
    for (String line : lines.subList(Math.min(HEADER_LINES, lines.size()), lines.size())) {
      int colon = line.indexOf(':');
      String[] columns = line.substring(colon + 1).strip().split("\\s+", -1);
      String name = colon < 0 ? "" : line.substring(0, colon).strip();
      if (name.isEmpty() || name.equals("lo") || columns.length < COLUMNS) {
        continue;
      }
      found.add(
          new InterfaceCounters(
              name,
              number(columns[0]),
              number(columns[1]),
              number(columns[2]),
              number(columns[3]),
              number(columns[SENT]),
              number(columns[SENT + 1]),
              number(columns[SENT + 2]),
              number(columns[SENT + 3])));
    }
    return found;
  }

  private static long number(String text) {
    return Long.parseUnsignedLong(text);
  }
}
