package dev.cofferdam.shim.install;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.install.Preflight.Findings;
import dev.cofferdam.shim.install.Runtimes.WalledPod;
import dev.cofferdam.shim.install.host.FileImage;
import dev.cofferdam.shim.install.kubelet.EndpointSearch;
import dev.cofferdam.shim.install.payload.Payload;
import dev.cofferdam.shim.install.record.NodeRecord;
import dev.cofferdam.shim.install.record.NodeRecord.Begun;
import dev.cofferdam.shim.install.record.NodeRecord.Installed;
import dev.cofferdam.shim.install.record.SavedFile;
import dev.cofferdam.shim.install.record.Undo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Installs, upgrades and removes. Each call first undoes what an earlier one was cut off in; each
 * may be repeated; one at a time works on a node. An operation that fails has undone itself when it
 * throws, and says why it failed.
 */
public final class NodeInstaller {

  /**
   * What is to be installed.
   *
   * @param walls handlers behind which a canary must run
   * @param kubeconfig the shim's credentials, the file's text; empty: what is there stays
   * @param settings the shim's, beside those that an installation gives itself; empty: where there
   *     is a file of them, it stays
   */
  public record Order(
      Payload payload,
      List<String> walls,
      Optional<String> kubeconfig,
      Optional<Map<String, String>> settings) {
    public Order {
      walls = List.copyOf(walls);
      settings = settings.map(Map::copyOf);
    }
  }

  /** Steps of an operation whose changes are on record. */
  @FunctionalInterface
  private interface Steps {
    Installed run(Changes changes, Journal journal) throws IOException, InterruptedException;
  }

  private final Machine machine;
  private final Recovery recovery;

  public NodeInstaller(Machine machine) {
    this.machine = machine;
    this.recovery = new Recovery(machine);
  }

  /** Brings the node to this version, whichever it has. */
  public void install(Order order) throws IOException, InterruptedException {
    try (NodeLock _ = NodeLock.take(machine.files())) {
      recovery.run();
      order.payload().requireWhole();
      Optional<Installed> there = machine.record().read().installed();
      if (there.isEmpty()) {
        first(order);
      } else if (there.get().version().equals(order.payload().version())) {
        again(order, there.get());
      } else {
        next(order, there.get());
      }
      prune();
    }
  }

  /** Brings a node that has a version to another one, newer or older. */
  public void upgrade(Order order) throws IOException, InterruptedException {
    if (machine.record().read().installed().isEmpty()) {
      throw new SandboxException(
          ErrorCode.WRONG_STATE,
          "nothing is installed on this node: `cofferdam node install` does");
    }
    install(order);
  }

  private void first(Order order) throws IOException, InterruptedException {
    String version = order.payload().version();
    Findings found = new Preflight(machine).run(order.payload());
    run(
        "installation of " + version,
        (changes, journal) -> {
          changes.folders();
          changes.payload(order.payload());
          changes.settings(found.containerd(), order, Optional.empty(), Optional.empty());
          changes.current(version);
          changes.service();
          try (CheckPause _ = CheckPause.begin(machine.files())) {
            changes.start(version);
            changes.canaries(order.walls());
            changes.kubelet(found.endpoint());
            changes.kubeletCanary();
          }
          return new Installed(
              version, machine.services().name(), found.endpoint(), journal.changes());
        });
    machine.say("installed: " + version);
  }

  /** The same version again: what is missing of it is put back. */
  private void again(Order order, Installed there) throws IOException, InterruptedException {
    String version = there.version();
    run(
        "repair of " + version,
        (changes, journal) -> {
          changes.payload(order.payload());
          boolean serves =
              machine.services().running(version) && new Waiting(machine).silent().isEmpty();
          Optional<Undo> noted =
              serves ? Optional.of(new Undo.RestartShim(version)) : Optional.empty();
          boolean anew = changes.settings(containerd(there), order, Optional.of(there), noted);
          changes.current(version);
          changes.service();
          if (anew || !serves) {
            changes.restart(version);
          }
          changes.kubelet(there.endpoint());
          return there.with(version, journal.changes());
        });
    machine.say("installed: " + version + ", as before");
  }

  private static Path containerd(Installed there) {
    return Path.of(EndpointSearch.socket(there.endpoint()));
  }

  private void next(Order order, Installed there) throws IOException, InterruptedException {
    String version = order.payload().version();
    run(
        "change from %s to %s".formatted(there.version(), version),
        (changes, journal) -> {
          changes.payload(order.payload());
          changes.service();
          changes.noteHandOver(there.version(), version);
          changes.settings(containerd(there), order, Optional.of(there), Optional.empty());
          try (CheckPause _ = CheckPause.begin(machine.files())) {
            changes.handOver(there.version(), version);
            changes.canaries(order.walls());
            changes.kubelet(there.endpoint());
          }
          return there.with(version, journal.changes());
        });
    machine.say("installed: " + version + ", in place of " + there.version());
  }

  /** Runs the steps; when one fails, all are undone. */
  private void run(String operation, Steps steps) throws IOException, InterruptedException {
    try {
      Journal journal = Journal.begin(machine.record(), operation);
      journal.commit(steps.run(new Changes(machine, journal), journal));
    } catch (IOException | RuntimeException e) {
      throw undone(operation, e);
    }
  }

  private SandboxException undone(String operation, Exception failure)
      throws IOException, InterruptedException {
    ErrorCode code = failure instanceof SandboxException e ? e.code() : ErrorCode.INTERNAL;
    String why = "the %s failed: %s".formatted(operation, failure.getMessage());
    try {
      recovery.run();
      return new SandboxException(code, why + ". The node is as it was before", failure);
    } catch (IOException | SandboxException notUndone) {
      return new SandboxException(code, why + ". " + notUndone.getMessage(), failure);
    }
  }

  /** Versions that nothing runs from any more. */
  private void prune() throws IOException, InterruptedException {
    for (String old : machine.versions().old()) {
      if (!machine.versions().inUse(old) && !machine.services().running(old)) {
        machine.versions().remove(old);
        machine.say("removed: version " + old);
      }
    }
  }

  /**
   * Takes everything away. Kubelet goes back to containerd first; pods of containerd's don't
   * notice.
   *
   * @param evict whether sandboxed pods are ended; otherwise they stand against it
   * @throws SandboxException WRONG_STATE naming the pods that stand against it
   */
  public void uninstall(boolean evict) throws IOException, InterruptedException {
    try (NodeLock _ = NodeLock.take(machine.files())) {
      recovery.run();
      Optional<Installed> there = machine.record().read().installed();
      if (there.isEmpty()) {
        machine.say("nothing is installed on this node");
        return;
      }
      Installed installed = there.get();
      Walls walls = new Walls(machine, containerd(installed));
      if (!evict) {
        walls.requireNone();
      }
      run(
          NodeRecord.removalOf(installed.version()),
          (changes, journal) -> {
            kubeletBack(installed, journal);
            if (evict) {
              walls.endAll();
            }
            // One may have been started meanwhile.
            walls.requireNone();
            machine
                .runtimes()
                .endUnseen(machine.files().at(Places.SOCKET), machine.timeouts().canary());
            return installed;
          });
      remove(installed);
    }
  }

  /** Kubelet uses containerd again; on record is how it would use the shim again. */
  private void kubeletBack(Installed installed, Journal journal)
      throws IOException, InterruptedException {
    String file = installed.endpoint().file();
    Optional<FileImage> now = machine.files().image(file);
    UndoRun undo = new UndoRun(machine);
    for (Undo change : installed.undo().reversed()) {
      if (change instanceof Undo.RestoreEndpoint) {
        journal.add(new Undo.RestartKubelet());
        journal.add(new Undo.RestoreFile(file, now.map(SavedFile::of), Undo.ANY));
        undo.undo(change);
      } else if (change instanceof Undo.RestartKubelet) {
        undo.undo(change);
        machine.say("kubelet: uses containerd again, its node is ready");
      }
    }
  }

  /** From here on there is no way back: whoever is cut off goes on with it. */
  private void remove(Installed installed) throws IOException, InterruptedException {
    List<Undo> rest = new ArrayList<>(installed.undo());
    rest.removeIf(change -> change instanceof Undo.RestartKubelet);
    for (String version : machine.versions().all()) {
      rest.addFirst(new Undo.RemoveVersion(version));
    }
    machine
        .record()
        .write(
            new NodeRecord(
                NodeRecord.FORMAT,
                Optional.empty(),
                Optional.of(new Begun(NodeRecord.removalOf(installed.version()), rest))));
    recovery.run();
    machine.say("removed: " + installed.version());
  }

  /** Undoes what was cut off, and removes old versions that nothing runs from any more. */
  public void recover() throws IOException, InterruptedException {
    try (NodeLock _ = NodeLock.take(machine.files())) {
      recovery.run();
      prune();
    }
  }

  /** The pods that stand against a removal. */
  private record Walls(Machine machine, Path containerd) {
    List<WalledPod> all() {
      return machine
          .runtimes()
          .walled(
              machine.files().at(Places.SOCKET),
              machine.files().at(containerd.toString()),
              machine.timeouts().call());
    }

    void requireNone() {
      List<WalledPod> left = all();
      if (!left.isEmpty()) {
        throw new SandboxException(
            ErrorCode.WRONG_STATE,
            "%d sandboxed pods are on this node, and only its shim can look after them: %s. Move them elsewhere, or end them with --evict"
                .formatted(left.size(), left));
      }
    }

    void endAll() {
      for (WalledPod pod : all()) {
        machine.runtimes().end(machine.files().at(Places.SOCKET), pod, machine.timeouts().canary());
        machine.say("ended: " + pod);
      }
    }
  }
}
