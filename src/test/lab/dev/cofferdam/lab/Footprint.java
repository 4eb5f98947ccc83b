package dev.cofferdam.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All that pods leave traces in: processes (by name: one may have been started anew), mounts
 * (network namespaces are such), network interfaces, cgroups, snapshots and leases of containerd,
 * addresses given out, the shim's own records and files, the descriptors that its keeper holds.
 */
public record Footprint(
    List<String> processes,
    List<String> mounts,
    List<String> interfaces,
    List<String> cgroups,
    List<String> snapshots,
    List<String> leases,
    List<String> addresses,
    List<String> records,
    List<String> files,
    List<String> kept) {

  /** kubelet makes these when the first pod of their kind comes, and keeps them. */
  private static final Pattern QOS_LEVEL = Pattern.compile(".*/kubepods(/besteffort|/burstable)?");

  /** Made with the first pod, and kept: which class of tests that is in is chance. */
  private static final String STANDING =
      "^/run/cofferdam/(check(/lock)?|containers|netns|pods|gvisor(/probes|/rootfs-pause(/.*)?)?)$";

  public static Footprint of(Lab lab) {
    return new Footprint(
        lab.processNames(),
        lines(lab, "awk '$5 ~ /^.(run|var)/ {print $5}' /proc/self/mountinfo"),
        lines(lab, "ip -o link | cut -d: -f2 | cut -d@ -f1"),
        lab.cgroupNames().stream().filter(group -> !QOS_LEVEL.matcher(group).matches()).toList(),
        lines(lab, "ctr -n k8s.io snapshots ls | awk '$3 == \"Active\" {print $1}'"),
        lines(lab, "ctr -n k8s.io leases ls -q"),
        lines(lab, "ls /var/lib/cni/networks/lab | grep '^[0-9]'"),
        records(lab),
        // One line for each thing of a pod: what a program lays down beside its own sockets.
        lines(
            lab,
            "find /run/cofferdam /var/lib/cofferdam/cni -mindepth 1 -not -type s | grep -vE '"
                + STANDING
                + "'"),
        lab.keptPipes());
  }

  private static List<String> lines(Lab lab, String script) {
    return lab.shell().run("sh", "-c", script).out().lines().sorted().toList();
  }

  /** Folders of sandboxes and containers under the shim's state folder. */
  private static List<String> records(Lab lab) {
    Path root = lab.directories().var("lib/cofferdam");
    return Stream.of("sandboxes", "containers")
        .map(root::resolve)
        .filter(Files::isDirectory)
        .flatMap(Footprint::children)
        .sorted()
        .toList();
  }

  private static Stream<String> children(Path folder) {
    try (Stream<Path> children = Files.list(folder)) {
      return children
          .map(child -> folder.getFileName() + "/" + child.getFileName())
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is here and was not before, and the other way round; empty where nothing differs. */
  public List<String> differencesFrom(Footprint before) {
    List<String> gone = new ArrayList<>(before.toString().lines().toList());
    List<String> more = new ArrayList<>();
    toString()
        .lines()
        .forEach(
            line -> {
              if (!gone.remove(line)) {
                more.add("left: " + line);
              }
            });
    gone.forEach(line -> more.add("missing: " + line));
    return more;
  }

  /** One line per thing, so that a difference shows what it is. */
  @Override
  public String toString() {
    return Stream.of(
            section("process", processes),
            section("mount", mounts),
            section("interface", interfaces),
            section("cgroup", cgroups),
            section("snapshot", snapshots),
            section("lease", leases),
            section("address", addresses),
            section("record", records),
            section("file", files),
            section("kept", kept))
        .collect(Collectors.joining());
  }

  private static String section(String kind, List<String> things) {
    return things.stream().map(thing -> kind + " " + thing + "\n").collect(Collectors.joining());
  }
}
