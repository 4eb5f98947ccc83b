package dev.cofferdam.shim.install;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.install.host.HostFiles;
import dev.cofferdam.shim.install.kubelet.StaticPods;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Waits for what others do. Each wait ends with a {@code SandboxException} at its deadline. */
final class Waiting {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration SELDOM = Duration.ofSeconds(2);

  private final Machine machine;

  Waiting(Machine machine) {
    this.machine = machine;
  }

  /** Which shim serves, as something that changes with it; empty: none has served yet. */
  static Optional<Object> serving(HostFiles files) {
    try {
      return Optional.of(Files.readAttributes(files.at(Places.CONTROL), "unix:ino,ctime"));
    } catch (IOException | IllegalArgumentException none) {
      return Optional.empty();
    }
  }

  /** Waits until a version that was just started serves, in place of the one that did before. */
  void shim(String version, Optional<Object> before) throws InterruptedException {
    Deadline deadline = Deadline.after(machine.timeouts().shim());
    String why = "it has not begun to serve";
    while (true) {
      Optional<Object> now = serving(machine.files());
      if (now.isPresent() && !now.equals(before)) {
        Optional<String> silent = silent();
        if (silent.isEmpty()) {
          return;
        }
        why = silent.get();
      }
      if (!machine.services().running(version)) {
        throw failed(version, "ended");
      }
      if (deadline.passed()) {
        throw failed(version, "does not serve after " + machine.timeouts().shim() + ": " + why);
      }
      pause();
    }
  }

  private SandboxException failed(String version, String what) throws InterruptedException {
    return new SandboxException(
        ErrorCode.PROGRAM_FAILED,
        "the shim of version %s %s; its log closes with:%n%s"
            .formatted(version, what, machine.services().lastWords(version).strip()));
  }

  /** Why nobody answers on the shim's socket; empty: somebody does. */
  Optional<String> silent() {
    Path socket = machine.files().at(Places.SOCKET);
    try {
      machine.runtimes().version(socket, machine.timeouts().call());
      return Optional.empty();
    } catch (SandboxException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** Waits until the cluster takes the node for ready, by what kubelet says from now on. */
  void node(Instant since) throws InterruptedException {
    Deadline deadline = Deadline.after(machine.timeouts().kubelet());
    while (true) {
      Optional<String> notReady = notReady(since);
      if (notReady.isEmpty()) {
        return;
      }
      Optional<String> lastWords = machine.services().kubeletKeepsEnding();
      if (lastWords.isPresent()) {
        throw new SandboxException(
            ErrorCode.PROGRAM_FAILED,
            "kubelet ends again and again since it was restarted; its log closes with:%n%s"
                .formatted(lastWords.get().strip()));
      }
      if (deadline.passed()) {
        throw new SandboxException(
            ErrorCode.DEADLINE_EXCEEDED,
            "the node is not ready %s after kubelet was restarted: %s"
                .formatted(machine.timeouts().kubelet(), notReady.get()));
      }
      pause();
    }
  }

  /** Waits until kubelet has started its canary, or has ended it. */
  void kubeletsCanary(boolean there) throws InterruptedException {
    Deadline deadline = Deadline.after(machine.timeouts().canary());
    Path socket = machine.files().at(Places.SOCKET);
    while (machine
            .runtimes()
            .runs(socket, StaticPods.NAMESPACE, StaticPods.CANARY + "-", machine.timeouts().call())
        != there) {
      if (deadline.passed()) {
        throw new SandboxException(
            ErrorCode.DEADLINE_EXCEEDED,
            "kubelet has not %s the pod %s within %s"
                .formatted(
                    there ? "started" : "ended", StaticPods.CANARY, machine.timeouts().canary()));
      }
      pause();
    }
  }

  /** Asking takes a slow machine's time from whoever is waited for. */
  private void pause() throws InterruptedException {
    Duration poll = POLL.multipliedBy(machine.timeouts().patience());
    Thread.sleep(poll.compareTo(SELDOM) < 0 ? poll : SELDOM);
  }

  private Optional<String> notReady(Instant since) {
    try {
      return machine.health().notReady(since);
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }
}
