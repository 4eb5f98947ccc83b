package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.Stdio;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The command line of {@code runsc} for one sandbox. Nobody else composes one.
 *
 * @param program path, or a name to be looked up in PATH
 * @param layout where the sandbox's files lie
 * @param platform runsc's name for the variant
 * @param hostNetwork whether the sandbox uses the node's own network
 * @param userNamespace whether the sentry must have no rights on the host
 * @param inCgroup whether there is a pod cgroup to go into; else it stays where the caller is
 */
record Runsc(
    String program,
    Layout layout,
    String platform,
    boolean hostNetwork,
    boolean userNamespace,
    boolean inCgroup) {

  /** Newer than most of runsc's flags. */
  static final String INNER_CGROUPS = "in-sandbox-cgroup";

  /** In the message of a failure: Go's flag package ends a program so, and runsc itself never. */
  static final String UNKNOWN_FLAG = "exited with 2:";

  /**
   * Starts the sandbox: the root container, created and started in one go.
   *
   * @param inScope whether its cgroup is a scope that systemd is to be asked for
   */
  void startSandbox(Path bundle, boolean inScope, Deadline deadline) {
    CommandLog log = layout.log();
    List<String> command =
        command(
            log,
            "--systemd-cgroup=" + inScope,
            "run",
            "--detach",
            "--bundle=" + bundle,
            "--pid-file=" + layout.pidFile(),
            Layout.ROOT_CONTAINER);
    int code = Command.run(command, log, deadline);
    check(code, "run", log);
  }

  /** Creates and starts a container; its streams are handed over to its first process. */
  void startContainer(String id, Path bundle, Stdio stdio, CommandLog log, Deadline deadline) {
    int code =
        Command.run(
            command(log, "run", "--detach", "--bundle=" + bundle, id), stdio, log, deadline);
    check(code, "run", log);
  }

  /** Creates a container that is to get a terminal before {@link #startCreated}. */
  void createContainer(String id, Path bundle, CommandLog log, Deadline deadline) {
    int code = Command.run(command(log, "create", "--bundle=" + bundle, id), log, deadline);
    check(code, "create", log);
  }

  void startCreated(String id, CommandLog log, Deadline deadline) {
    check(Command.run(command(log, "start", id), log, deadline), "start", log);
  }

  /** Removes a container in any state. */
  void deleteContainer(String id, CommandLog log, Deadline deadline) {
    int code = Command.run(command(log, "delete", "--force", id), log, deadline);
    check(code, "delete", log);
  }

  /** The command line up to and with {@code arguments}. */
  List<String> command(CommandLog log, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(program);
    command.add("--root=" + layout.root());
    command.add("--log=" + log.log());
    command.add("--log-format=json");
    command.add("--platform=" + platform);
    command.add("--network=" + (hostNetwork ? "host" : "sandbox"));
    // The shim mounts a writable root file system on disk; an overlay of gVisor's own would hide
    // what is written from kubelet and leave files of its own in there.
    command.add("--overlay2=none");
    // The root belongs to this container alone; volumes change under it (ConfigMaps, other pods).
    command.add("--file-access=exclusive");
    command.add("--file-access-mounts=shared");
    if (userNamespace) {
      // A sentry that opens files itself runs as root; one that asks its gofers runs as nobody, in
      // a
      // user namespace of its own (runsc/sandbox/sandbox.go).
      command.add("--directfs=false");
    }
    if (!inCgroup) {
      command.add("--ignore-cgroups");
    }
    if (Files.exists(layout.innerCgroups())) {
      // With version 1, the default, what exec starts is in no container's cgroup.
      command.add("--" + INNER_CGROUPS + "=v2");
    }
    // Off by default in gVisor; Kubernetes expects both.
    command.add("--oci-seccomp");
    command.add("--allow-suid");
    command.addAll(List.of(arguments));
    return command;
  }

  private void check(int code, String subcommand, CommandLog log) {
    if (code == 0) {
      return;
    }
    if (code == 127) {
      // What /bin/sh says of a program that it can't find; runsc itself never exits so.
      throw new SandboxException(
          ErrorCode.PROGRAM_MISSING,
          "cannot run "
              + program
              + "; install runsc, or name its path in the gVisor backend's setting `runsc`");
    }
    throw failed(subcommand, "exited with " + code, log);
  }

  SandboxException failed(String subcommand, String what, CommandLog log) {
    String words = log.words();
    return new SandboxException(
        ErrorCode.PROGRAM_FAILED,
        String.format(
            Locale.ROOT,
            "`%s %s` (platform %s) %s: %s",
            program,
            subcommand,
            platform,
            what,
            words.isBlank() ? "it said nothing" : words));
  }
}
