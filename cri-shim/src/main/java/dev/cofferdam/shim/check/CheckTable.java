package dev.cofferdam.shim.check;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Optional;

/** A report as a person reads it. */
public final class CheckTable {
  private static final String ROW = "%-24s %-6s %8s %11s %13s %9s  %s%n";
  private static final int LONGEST_MESSAGE = 160;

  private CheckTable() {}

  /** Prints it. */
  public static void print(NodeReport report, PrintStream out) {
    Ground ground = report.ground();
    out.printf(
        "node        %s; %s%n",
        ground.virtualMachine() ? "a virtual machine on " + ground.hypervisor() : "bare metal",
        ground.virtualization());
    out.printf("            %s%n", ground.evidence());
    out.printf("kernel      %s%n", report.kernelVersion());
    out.printf("containerd  %s%n%n", report.containerd());
    out.printf(
        ROW, "BACKEND", "WORKS", "TOOK", "COLD START", "MEMORY", "CPU", "EVIDENCE OR REASON");
    for (Finding finding : report.findings()) {
      out.printf(
          ROW,
          finding.name(),
          finding.works() ? "yes" : "no",
          seconds(finding.tookMillis()),
          finding.coldStartMillis().map(millis -> millis + " ms").orElse("-"),
          finding.overhead().map(each -> mebibytes(each.memoryBytes())).orElse("-"),
          finding.overhead().map(each -> each.cpuMillis() + "m").orElse("-"),
          firstLine(finding.message()));
    }
    report.findings().stream()
        .map(Finding::overhead)
        .flatMap(Optional::stream)
        .findFirst()
        .ifPresent(
            any ->
                out.printf(
                    "%nMEMORY and CPU: what a pod of one container costs beyond what that uses,"
                        + " memory between idle and under load.%nEach further container:"
                        + " %s.%n",
                    mebibytes(any.memoryBytesAContainer())));
  }

  private static String seconds(long millis) {
    return String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
  }

  private static String firstLine(String message) {
    String line = message.lines().findFirst().orElse("");
    return line.length() <= LONGEST_MESSAGE ? line : line.substring(0, LONGEST_MESSAGE) + "…";
  }
}
