package dev.cofferdam.shim.debug;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.shim.debug.KnownPod.KnownContainer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Collects one pod's report.
 *
 * @param state the shim's state folder
 * @param cgroups where cgroups are mounted
 * @param cniConfig the folder of network configurations
 */
public record PodReport(Path state, Path cgroups, Path cniConfig) {
  private static final Path PROC = Path.of("/proc");
  private static final int LONGEST_FILE = 4 << 20;
  private static final int LONGEST_CGROUP_FILE = 64 << 10;

  /**
   * Adds everything about the pods that this may mean.
   *
   * @param pod as {@link KnownPod#find}
   * @return the full IDs of those pods
   */
  public List<String> collect(String pod, Report report) throws IOException {
    List<KnownPod> found = KnownPod.find(state, pod);
    report.add("node/kernel.txt", () -> read(PROC.resolve("version"), LONGEST_FILE));
    report.add("node/boot-id.txt", () -> read(PROC.resolve("sys/kernel/random/boot_id"), 100));
    report.add("node/memory.txt", () -> read(PROC.resolve("meminfo"), LONGEST_FILE));
    report.add("node/pressure.txt", () -> read(PROC.resolve("loadavg"), 100));
    for (Path file : list(cniConfig)) {
      report.add("node/cni/" + file.getFileName(), () -> readJson(file));
    }
    for (KnownPod each : found) {
      collect(each, report);
    }
    return found.stream().map(KnownPod::id).toList();
  }

  private void collect(KnownPod pod, Report report) {
    String folder = "pod-" + pod.id().substring(0, Math.min(13, pod.id().length())) + "/";
    report.add(folder + "record.json", () -> pretty(pod.record()));
    files(pod.folder(), pod.record(), folder, report);
    for (KnownContainer container : pod.containers()) {
      String of = folder + "container-" + container.name().replaceAll("[^\\w.-]", "_") + "-";
      String its = of + container.id().substring(0, Math.min(13, container.id().length())) + "/";
      report.add(its + "record.json", () -> pretty(container.record()));
      files(container.folder(), container.record(), its, report);
    }
    String cached = "cni/" + pod.id() + ".json";
    report.add(
        folder + "cni-result.json",
        () -> Files.exists(state.resolve(cached)) ? readJson(state.resolve(cached)) : "");
    String cgroup = pod.record().path("spec").path("cgroup").asText("");
    Set<Long> pids = new TreeSet<>();
    if (!cgroup.isEmpty()) {
      cgroup(cgroup, folder, report, pids);
    }
    pids.addAll(processesNaming(pod.id().substring(0, Math.min(32, pod.id().length()))));
    report.add(folder + "processes.txt", () -> Processes.describe(pids));
    report.add(folder + "mounts.txt", () -> mounts(pod));
    pids.stream()
        .findFirst()
        .ifPresent(
            pid -> {
              for (String name : List.of("dev", "route", "if_inet6", "ipv6_route", "sockstat")) {
                report.add(
                    folder + "network/" + name + ".txt",
                    () -> read(PROC.resolve(pid + "/net/" + name), LONGEST_FILE));
              }
            });
  }

  /** What lies beside a record, and what the backend wrote down: runsc's logs, its bundle. */
  private static void files(Path of, JsonNode record, String folder, Report report) {
    files(of, folder, report);
    String backends = record.path("spec").path("directory").asText("");
    if (!backends.isEmpty() && !Path.of(backends).equals(of)) {
      files(Path.of(backends), folder + "backend-", report);
    }
  }

  private static void files(Path of, String folder, Report report) {
    for (Path file : list(of)) {
      String name = String.valueOf(file.getFileName());
      if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && !name.equals("record.json")) {
        report.add(folder + name, () -> read(file, LONGEST_FILE));
      }
    }
    Path config = of.resolve("bundle").resolve("config.json");
    report.add(folder + "bundle-config.json", () -> Files.exists(config) ? readJson(config) : "");
  }

  /** In every hierarchy of version 1 that has it, or in the one of version 2. */
  private void cgroup(String cgroup, String folder, Report report, Set<Long> pids) {
    String below = cgroup.replaceFirst("^/+", "");
    Stream.concat(Stream.of(cgroups), list(cgroups).stream().filter(Files::isDirectory))
        .map(hierarchy -> hierarchy.resolve(below))
        .filter(Files::isDirectory)
        .forEach(
            found -> {
              String hierarchy = cgroups.relativize(found).getName(0).toString();
              report.add(folder + "cgroup/" + hierarchy + ".txt", () -> cgroupFiles(found));
              pids.addAll(Processes.of(found));
            });
  }

  private static String cgroupFiles(Path cgroup) {
    return list(cgroup).stream()
        .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
        .map(
            file -> {
              try {
                return "== " + file.getFileName() + "\n" + read(file, LONGEST_CGROUP_FILE).strip();
              } catch (IOException e) {
                return "== " + file.getFileName() + ": " + e.getMessage();
              }
            })
        .collect(Collectors.joining("\n"));
  }

  private static Set<Long> processesNaming(String part) {
    return Processes.all().stream()
        .filter(pid -> Processes.commandLine(pid).contains(part))
        .filter(pid -> pid != ProcessHandle.current().pid())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String mounts(KnownPod pod) throws IOException {
    List<String> ids =
        Stream.concat(Stream.of(pod.id()), pod.containers().stream().map(KnownContainer::id))
            .toList();
    return Files.readAllLines(PROC.resolve("self/mountinfo")).stream()
        .filter(line -> ids.stream().anyMatch(line::contains))
        .collect(Collectors.joining("\n"));
  }

  private static List<Path> list(Path folder) {
    try (Stream<Path> children = Files.list(folder)) {
      return children.sorted().toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static String readJson(Path file) throws IOException {
    JsonNode json = KnownPod.JSON.readTree(Files.readAllBytes(file));
    return pretty(json);
  }

  private static String pretty(JsonNode json) throws JsonProcessingException {
    return Redaction.json(json).toPrettyString() + "\n";
  }

  private static String read(Path file, int most) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      long size = Files.size(file);
      if (size > most) {
        in.skipNBytes(size - most);
      }
      return new String(in.readNBytes(most), StandardCharsets.UTF_8);
    }
  }
}
