package dev.cofferdam.lab;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The lab's long-running programs. Each is on record on disk, so that another process of ours finds
 * and stops them too.
 */
final class Daemons {

  private final LabDirectories directories;

  Daemons(LabDirectories directories) {
    this.directories = directories;
  }

  boolean running(String name) {
    return find(name).filter(Daemon::alive).isPresent();
  }

  Optional<Daemon> find(String name) {
    Path record = directories.processes().resolve(name);
    if (!Files.exists(record)) {
      return Optional.empty();
    }
    try {
      String[] fields = Files.readString(record).strip().split(" ", -1);
      return Optional.of(
          new Daemon(name, Long.parseLong(fields[0]), Long.parseLong(fields[1]), log(name)));
    } catch (IOException | RuntimeException e) {
      return Optional
          .empty(); // half-written by a start that was killed: its process is in the cgroup
    }
  }

  /** Starts a program inside the lab's namespaces, in the background, its output in a log file. */
  Daemon start(String name, Map<String, String> environment, List<String> command) {
    List<String> inside = new ArrayList<>(List.of(directories.enterScript().toString()));
    inside.addAll(command);
    return launch(name, environment, inside);
  }

  Daemon start(String name, List<String> command) {
    return start(name, Map.of(), command);
  }

  Daemon startOnHost(String name, List<String> command) {
    return launch(name, Map.of(), command);
  }

  private Daemon launch(String name, Map<String, String> environment, List<String> command) {
    try {
      Files.createDirectories(directories.logs());
      Files.createDirectories(directories.processes());
      // A session of its own: the terminal's Ctrl-C and hang-up are not for the lab.
      List<String> detached = new ArrayList<>(List.of("setsid"));
      detached.addAll(command);
      ProcessBuilder builder =
          new ProcessBuilder(detached)
              .directory(new File("/"))
              .redirectInput(Redirect.from(new File("/dev/null")))
              .redirectOutput(Redirect.appendTo(log(name).toFile()))
              .redirectErrorStream(true);
      builder.environment().putAll(environment);
      // setsid, sh, nsenter and unshare all exec: the ID stays that of the program.
      Daemon daemon = Daemon.started(name, builder.start().pid(), log(name));
      Files.writeString(
          directories.processes().resolve(name), daemon.pid() + " " + daemon.startTicks() + "\n");
      return daemon;
    } catch (IOException e) {
      throw new LabException("could not start " + name, e);
    }
  }

  /** Keeps a program's record under another name, for its own is about to be another's. */
  void rename(String name, String other) {
    Path records = directories.processes();
    try {
      Files.move(records.resolve(name), records.resolve(other));
    } catch (IOException e) {
      throw new LabException("could not rename the record of " + name, e);
    }
  }

  void stop(String name) {
    find(name).ifPresent(daemon -> daemon.end(false));
    forget(name);
  }

  void kill(String name) {
    find(name).ifPresent(daemon -> daemon.end(true));
    forget(name);
  }

  private void forget(String name) {
    directories.processes().resolve(name).toFile().delete();
  }

  /** All that is on record, running or not. */
  List<Daemon> all() {
    String[] names = directories.processes().toFile().list();
    return names == null
        ? List.of()
        : Stream.of(names).sorted().flatMap(name -> find(name).stream()).toList();
  }

  private Path log(String name) {
    return directories.logs().resolve(name + ".log");
  }
}
