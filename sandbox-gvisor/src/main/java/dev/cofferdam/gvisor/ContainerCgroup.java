package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.Resources;
import java.util.ArrayList;
import java.util.List;

/**
 * A container's cgroup (version 2) as the sentry plays it to those inside: {@code pids.max} bites
 * there; the others are numbers that runtimes such as the JVM size themselves by. Pure.
 */
final class ContainerCgroup {
  /** Where the root container, and it alone, sees all of them. */
  static final String MOUNT = "/cgroup";

  private static final long DEFAULT_PERIOD_MICROS = 100_000;

  /**
   * What a process costs on the host: a thread of the stub that holds its memory, and its tracer.
   */
  private static final int HOST_TASKS_EACH = 2;

  private ContainerCgroup() {}

  /** The arguments of {@link TinyProgram#write} that set all limits of a container. */
  static List<String> command(String containerId, Resources limits, long pids) {
    String folder = MOUNT + "/" + containerId;
    List<String> command = new ArrayList<>(List.of(TinyProgram.write().path(), folder));
    command.addAll(List.of(folder + "/pids.max", Long.toString(pids)));
    command.addAll(List.of(folder + "/memory.max", orMax(limits.memoryBytes())));
    long period = limits.cpuPeriodMicros() > 0 ? limits.cpuPeriodMicros() : DEFAULT_PERIOD_MICROS;
    command.addAll(List.of(folder + "/cpu.max", orMax(limits.cpuQuotaMicros()) + " " + period));
    if (limits.cpuShares() > 0) {
      command.addAll(List.of(folder + "/cpu.weight", Long.toString(weight(limits.cpuShares()))));
    }
    return command;
  }

  private static String orMax(long limit) {
    return limit > 0 ? Long.toString(limit) : "max";
  }

  /** From 2…262144 to 1…10000, as runc and kubelet convert (KEP-2254). */
  private static long weight(long shares) {
    long bounded = Math.clamp(shares, 2, 262_144);
    return 1 + (bounded - 2) * 9_999 / 262_142;
  }

  /**
   * Most processes and threads of a container. Less than the pod's cgroup allows on the host, for
   * there the sentry itself would be refused a thread, and take the whole pod with it.
   *
   * @param host what the pod's cgroup allows, {@link PodCgroup#UNLIMITED} included
   * @param most what is allowed where nobody says anything
   */
  static long pids(Resources limits, long host, long most) {
    long own = limits.pids() > 0 ? limits.pids() : most;
    return Math.clamp((host - sentryTasks()) / HOST_TASKS_EACH, 1, own);
  }

  /** Threads of the sentry and its gofers; Go has some for each CPU. */
  private static long sentryTasks() {
    return 64 + 2L * Runtime.getRuntime().availableProcessors();
  }
}
