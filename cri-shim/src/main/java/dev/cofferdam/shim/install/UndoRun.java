package dev.cofferdam.shim.install;

import dev.cofferdam.linux.Mounts;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.install.host.FileImage;
import dev.cofferdam.shim.install.host.HostFiles;
import dev.cofferdam.shim.install.host.HostProcesses.HostProcess;
import dev.cofferdam.shim.install.kubelet.EndpointFile;
import dev.cofferdam.shim.install.payload.Versions;
import dev.cofferdam.shim.install.record.EndpointChange;
import dev.cofferdam.shim.install.record.EndpointChange.Kind;
import dev.cofferdam.shim.install.record.SavedFile;
import dev.cofferdam.shim.install.record.Undo;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Takes changes back, one after the other. Each may have been made in full, in part or not at all.
 */
final class UndoRun {
  private static final Duration END_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration POLL = Duration.ofMillis(50);

  private final Machine machine;
  private final HostFiles files;
  private final Waiting waiting;

  UndoRun(Machine machine) {
    this.machine = machine;
    this.files = machine.files();
    this.waiting = new Waiting(machine);
  }

  /**
   * Takes one change back.
   *
   * @throws IOException or SandboxException when that fails: it is to be repeated then
   */
  void undo(Undo change) throws IOException, InterruptedException {
    switch (change) {
      case Undo.RestoreFile(String path, Optional<SavedFile> before, String written) ->
          restore(path, before, written);
      case Undo.RestoreEndpoint(EndpointChange endpoint, Optional<SavedFile> before, String w) ->
          restore(endpoint, before, w);
      case Undo.RestoreLink(String path, Optional<String> target) -> {
        if (target.isEmpty()) {
          files.remove(path);
        } else if (!files.link(path).equals(target)) {
          files.setLink(path, target.get());
        }
      }
      case Undo.RemoveTree(String path) -> removeTree(path);
      case Undo.EmptyFolder(String path) -> {
        for (String name : files.names(path)) {
          removeTree(path + "/" + name);
        }
      }
      case Undo.RemoveFolder(String path) -> files.removeIfEmpty(path);
      case Undo.RemoveVersion(String version) -> machine.versions().remove(version);
      case Undo.ReloadServices() -> machine.services().reload();
      case Undo.StopShims() -> stopShims();
      case Undo.RestartShim(String version) -> restartShim(version);
      case Undo.ServeBy(String before, String next) -> serveBy(before, next);
      case Undo.RestartKubelet() -> restartKubelet();
    }
  }

  private void restore(String path, Optional<SavedFile> before, String written) throws IOException {
    Optional<FileImage> now = files.image(path);
    if (isAsBefore(now, before)) {
      return;
    }
    boolean ours = written.equals(Undo.ANY) || now.isEmpty() || now.get().digest().equals(written);
    if (!ours) {
      machine.say(path + " was changed since by somebody else: it stays");
      return;
    }
    putBack(path, before);
  }

  private static boolean isAsBefore(Optional<FileImage> now, Optional<SavedFile> before) {
    return now.map(FileImage::digest).equals(before.map(saved -> saved.image().digest()));
  }

  private void putBack(String path, Optional<SavedFile> before) throws IOException {
    if (before.isPresent()) {
      files.write(path, before.get().image());
    } else {
      files.remove(path);
    }
  }

  private void restore(EndpointChange endpoint, Optional<SavedFile> before, String written)
      throws IOException {
    Optional<FileImage> now = files.image(endpoint.file());
    boolean ours = now.isPresent() && now.get().digest().equals(written);
    if (isAsBefore(now, before)) {
      return;
    }
    if (ours || now.isEmpty() || endpoint.kind() == Kind.DROP_IN) {
      putBack(endpoint.file(), before);
      return;
    }
    machine.say(endpoint.file() + " was changed since: only the endpoint in it is put back");
    String text = EndpointFile.with(endpoint, now.get().text(), endpoint.before());
    files.write(endpoint.file(), now.get().with(text, System.currentTimeMillis()));
  }

  private void removeTree(String path) throws IOException {
    for (String mount : machine.processes().mountsBelow(path)) {
      Mounts.unmount(Path.of(mount), true);
    }
    files.removeTree(path);
  }

  private void stopShims() throws IOException, InterruptedException {
    Set<String> all = new LinkedHashSet<>(machine.versions().all());
    machine.versions().current().ifPresent(all::add);
    for (String version : all) {
      machine.services().disable(version);
      machine.services().stop(version);
    }
    endKeeper();
  }

  /** The keeper keeps what the shims' pods need, and there are none any more. */
  private void endKeeper() throws IOException, InterruptedException {
    Deadline deadline = Deadline.after(END_TIMEOUT);
    for (List<HostProcess> keepers = keepers(); !keepers.isEmpty(); keepers = keepers()) {
      if (deadline.passed()) {
        throw new SandboxException(
            ErrorCode.DEADLINE_EXCEEDED, "the keeper does not end: process " + keepers);
      }
      keepers.forEach(
          keeper -> ProcessHandle.of(keeper.id()).ifPresent(ProcessHandle::destroyForcibly));
      Thread.sleep(POLL);
    }
  }

  private List<HostProcess> keepers() throws IOException {
    return machine.processes().all().stream()
        .filter(process -> process.name().equals("cofferdam-keeper"))
        .filter(process -> process.command().contains(Places.KEEPER))
        .toList();
  }

  private void serveBy(String before, String next) throws IOException, InterruptedException {
    if (!files.link(Versions.CURRENT).equals(Optional.of(before))) {
      files.setLink(Versions.CURRENT, before);
    }
    machine.services().enable(before);
    machine.services().disable(next);
    machine.services().stop(next);
    if (machine.services().running(before) && waiting.silent().isEmpty()) {
      return;
    }
    // One that runs and doesn't answer had handed over, and carries its sessions to the end.
    restartShim(before);
  }

  private void restartShim(String version) throws InterruptedException {
    machine.services().stop(version);
    Optional<Object> last = Waiting.serving(files);
    machine.services().start(version);
    waiting.shim(version, last);
  }

  private void restartKubelet() throws InterruptedException {
    Instant since = Instant.now();
    machine.services().reload();
    machine.services().restartKubelet();
    waiting.node(since);
  }
}
