package dev.cofferdam.shim.pod;

import dev.cofferdam.cri.v1.NetworkInterfaceUsage;
import dev.cofferdam.cri.v1.NetworkUsage;
import dev.cofferdam.cri.v1.UInt64Value;
import dev.cofferdam.shim.cadvisor.InterfaceCounters;
import dev.cofferdam.shim.live.Clocks;
import java.util.List;
import java.util.Optional;

/** What went over a pod's network, as its namespace's interfaces counted it. */
final class NetworkCounters {
  private static final String DEFAULT_INTERFACE = "eth0";

  private NetworkCounters() {}

  /**
   * Those of the namespace that a process is in.
   *
   * @param pid on the host
   */
  static Optional<NetworkUsage> of(long pid) {
    return of(InterfaceCounters.of(pid));
  }

  static Optional<NetworkUsage> of(List<InterfaceCounters> interfaces) {
    NetworkUsage.Builder usage = NetworkUsage.newBuilder().setTimestamp(Clocks.nanos());
    for (InterfaceCounters each : interfaces) {
      NetworkInterfaceUsage counted =
          NetworkInterfaceUsage.newBuilder()
              .setName(each.name())
              .setRxBytes(value(each.receivedBytes()))
              .setRxErrors(value(each.receiveErrors()))
              .setTxBytes(value(each.sentBytes()))
              .setTxErrors(value(each.sendErrors()))
              .build();
      if (each.name().equals(DEFAULT_INTERFACE)) {
        usage.setDefaultInterface(counted);
      }
      usage.addInterfaces(counted);
    }
    return interfaces.isEmpty() ? Optional.empty() : Optional.of(usage.build());
  }

  private static UInt64Value value(long number) {
    return UInt64Value.newBuilder().setValue(number).build();
  }
}
