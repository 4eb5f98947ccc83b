package dev.cofferdam.chaos;

import dev.cofferdam.lab.Lab;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A process of a pod, or one at work for it.
 *
 * @param sandbox the first half of its sandbox's ID; blank for a CNI plugin
 * @param container the container's ID; blank where it serves the sandbox as a whole
 */
record HitProcess(long pid, String uid, String sandbox, String container) {
  private static final String ROOT = "--root=/run/cofferdam/gvisor/";
  private static final String POD_NAME = "K8S_POD_NAME=";

  /** A machine's name, or its folder. */
  private static final Pattern MACHINE =
      Pattern.compile("(?:cofferdam-|/run/cofferdam/microvm/)([0-9a-f]{32})");

  /** The processes of this kind that belong to one of these pods. */
  static List<HitProcess> all(Lab lab, Target target, Set<String> uids) {
    try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
      return entries
          .filter(entry -> Character.isDigit(entry.getFileName().toString().charAt(0)))
          .flatMap(entry -> of(lab, target, entry).stream())
          .filter(process -> uids.contains(process.uid()))
          .filter(process -> lab.contains(process.pid()))
          .toList();
    } catch (IOException e) {
      throw new IllegalStateException("listing /proc", e);
    }
  }

  private static Optional<HitProcess> of(Lab lab, Target target, Path entry) {
    List<String> arguments = strings(entry.resolve("cmdline"));
    if (arguments.isEmpty() || !isA(target, arguments.getFirst())) {
      return Optional.empty();
    }
    long pid = Long.parseLong(entry.getFileName().toString());
    if (target == Target.CNI_PLUGIN) {
      return strings(entry.resolve("environ")).stream()
          .filter(variable -> variable.startsWith("CNI_ARGS="))
          .flatMap(variable -> Stream.of(variable.substring(9).split(";")))
          .filter(argument -> argument.startsWith(POD_NAME))
          .findFirst()
          .map(name -> new HitProcess(pid, name.substring(POD_NAME.length()), "", ""));
    }
    if (Wall.MICROVM.has(target)) {
      return MACHINE
          .matcher(String.join(" ", arguments))
          .results()
          .findFirst()
          .flatMap(machine -> ofSandbox(lab, pid, machine.group(1), ""));
    }
    return arguments.stream()
        .filter(argument -> argument.startsWith(ROOT))
        .findFirst()
        .map(argument -> argument.substring(ROOT.length()))
        .flatMap(sandbox -> ofSandbox(lab, pid, sandbox, arguments.getLast()));
  }

  private static boolean isA(Target target, String program) {
    return switch (target) {
      case SENTRY -> program.equals("runsc-sandbox");
      case GOFER -> program.equals("runsc-gofer");
      case RUNSC -> program.endsWith("/runsc") || program.equals("runsc");
      case CNI_PLUGIN -> program.startsWith("/usr/lib/cni/");
      case MONITOR -> program.equals("qemu-system-x86_64");
      case VSOCK -> program.equals("vhost-device-vsock");
      case FILES -> program.endsWith("/cofferdam-files");
      case SHIM, CONTAINERD, KEEPER -> false;
    };
  }

  /** The shim's record of a sandbox says whose it is. */
  private static Optional<HitProcess> ofSandbox(
      Lab lab, long pid, String sandbox, String container) {
    Path records = lab.directories().var("lib/cofferdam").resolve("sandboxes");
    try (Stream<Path> folders = Files.list(records)) {
      return folders
          .filter(folder -> folder.getFileName().toString().startsWith(sandbox))
          .findFirst()
          .flatMap(folder -> uid(folder.resolve("record.json")))
          .map(uid -> new HitProcess(pid, uid, sandbox, container.length() == 64 ? container : ""));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> uid(Path record) {
    try {
      String text = Files.readString(record);
      int at = text.indexOf(ChaosPod.UID_PREFIX);
      return at < 0 ? Optional.empty() : Optional.of(text.substring(at).split("[^a-z0-9-]", 2)[0]);
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  private static List<String> strings(Path file) {
    try {
      String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      return Arrays.stream(text.split("\0")).filter(string -> !string.isEmpty()).toList();
    } catch (IOException gone) {
      return List.of();
    }
  }

  /**
   * Kills it, if it is still what it was taken for: a child that runsc has just forked bears
   * runsc's command line until it becomes a gofer.
   */
  boolean kill(Target target) {
    List<String> arguments = strings(Path.of("/proc", Long.toString(pid), "cmdline"));
    if (arguments.isEmpty() || !isA(target, arguments.getFirst())) {
      return false;
    }
    return ProcessHandle.of(pid).map(ProcessHandle::destroyForcibly).orElse(false);
  }
}
