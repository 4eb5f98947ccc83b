package dev.cofferdam.shim.pod;

import dev.cofferdam.cri.v1.NetworkInterfaceUsage;
import dev.cofferdam.cri.v1.NetworkUsage;
import dev.cofferdam.cri.v1.UInt64Value;
import dev.cofferdam.shim.live.Clocks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What went over a pod's network, as its namespace's interfaces counted it; see proc_net(5). */
final class NetworkCounters {
  private static final String DEFAULT_INTERFACE = "eth0";
  private static final int HEADER_LINES = 2;
  private static final int RECEIVED_BYTES = 0;
  private static final int RECEIVED_ERRORS = 2;
  private static final int SENT_BYTES = 8;
  private static final int SENT_ERRORS = 10;
  private static final int COLUMNS = 16;

  private NetworkCounters() {}

  /**
   * Those of the namespace that a process is in.
   *
   * @param pid on the host
   */
  static Optional<NetworkUsage> of(long pid) {
    try {
      return parse(Files.readAllLines(Path.of("/proc", Long.toString(pid), "net", "dev")));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  static Optional<NetworkUsage> parse(List<String> lines) {
    NetworkUsage.Builder usage = NetworkUsage.newBuilder().setTimestamp(Clocks.nanos());
    for (String line : lines.subList(Math.min(HEADER_LINES, lines.size()), lines.size())) {
      int colon = line.indexOf(':');
      String[] columns = line.substring(colon + 1).strip().split("\\s+", -1);
      String name = colon < 0 ? "" : line.substring(0, colon).strip();
      if (name.isEmpty() || name.equals("lo") || columns.length < COLUMNS) {
        continue;
      }
      NetworkInterfaceUsage counted =
          NetworkInterfaceUsage.newBuilder()
              .setName(name)
              .setRxBytes(value(columns[RECEIVED_BYTES]))
              .setRxErrors(value(columns[RECEIVED_ERRORS]))
              .setTxBytes(value(columns[SENT_BYTES]))
              .setTxErrors(value(columns[SENT_ERRORS]))
              .build();
      if (name.equals(DEFAULT_INTERFACE)) {
        usage.setDefaultInterface(counted);
      }
      usage.addInterfaces(counted);
    }
    return usage.getInterfacesCount() == 0 ? Optional.empty() : Optional.of(usage.build());
  }

  private static UInt64Value value(String number) {
    return UInt64Value.newBuilder().setValue(Long.parseUnsignedLong(number)).build();
  }
}
