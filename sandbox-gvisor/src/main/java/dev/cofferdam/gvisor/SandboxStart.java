package dev.cofferdam.gvisor;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.NetworkInMaking;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings one sandbox up, or leaves nothing of it. */
final class SandboxStart {

  private static final Logger LOG = LoggerFactory.getLogger(SandboxStart.class);

  /** What undoing may take when the caller's own time is over already. */
  private static final Duration UNDO_TIMEOUT = Duration.ofSeconds(10);

  private final SandboxSpec spec;
  private final SandboxFiles files;
  private final Runsc runsc;
  private final ControlChoice controls;
  private final long pids;
  private final BrakeGuard guard;

  /**
   * @param pids most processes and threads of a container with no limit of its own
   */
  SandboxStart(
      SandboxSpec spec,
      SandboxFiles files,
      Runsc runsc,
      ControlChoice controls,
      long pids,
      BrakeGuard guard) {
    this.spec = spec;
    this.files = files;
    this.runsc = runsc;
    this.controls = controls;
    this.pids = pids;
    this.guard = guard;
  }

  /**
   * @param network where it is not made yet
   */
  Sandbox run(Optional<NetworkInMaking> network, Deadline deadline) {
    try {
      return start(network, deadline);
    } catch (RuntimeException e) {
      try {
        files.purge(Deadline.after(UNDO_TIMEOUT));
      } catch (RuntimeException left) {
        e.addSuppressed(left); // the caller's purge finishes it
      }
      throw e;
    }
  }

  private Sandbox start(Optional<NetworkInMaking> network, Deadline deadline) {
    Layout layout = files.layout();
    // An earlier try may have been cut off, in this process or in its predecessor.
    files.purge(deadline);
    ObjectNode bundle = prepare(layout, deadline);
    if (network.isPresent()) {
      startWhenMade(network.get(), bundle, layout, deadline);
    } else {
      OciSpec.write(layout.bundle(), bundle);
      startRunsc(layout, deadline);
    }
    long pid = files.runningPid().orElseThrow(() -> notRunning(layout));
    Control control = controls.started(runsc, deadline);
    Sysctls.set(spec, control, layout, deadline);
    return new GvisorSandbox(spec, files, runsc, control, pid, pids, guard);
  }

  private ObjectNode prepare(Layout layout, Deadline deadline) {
    TinyProgram pause = TinyProgram.pause();
    TinyProgram write = TinyProgram.write();
    try {
      Files.createDirectories(layout.root());
      Optional<Path> image = Optional.empty();
      if (controls.knows(deadline)) {
        image = Optional.of(RootImage.of(pause, write).install(layout.pauseRoot()));
      } else {
        pause.install(layout.pauseRoot());
        write.install(layout.pauseRoot());
      }
      Files.createFile(layout.innerCgroups());
      if (spec.cgroup().isPresent()) {
        new PodCgroup(spec.cgroup().get()).noteMissing(layout.notedCgroups());
      }
      return OciSpec.sandbox(spec, layout.pauseRoot(), image, pause.path());
    } catch (IOException e) {
      throw Failures.io("preparing the sandbox in " + layout.root(), e);
    }
  }

  private void startWhenMade(
      NetworkInMaking network, ObjectNode bundle, Layout layout, Deadline deadline) {
    StartGate.addTo(bundle, layout);
    OciSpec.write(layout.bundle(), bundle);
    try (StartGate gate = StartGate.behind(network, layout, deadline)) {
      try {
        startRunsc(layout, deadline);
      } catch (SandboxException e) {
        throw gate.failure().orElse(e);
      }
    } catch (IOException e) {
      throw Failures.io("making the pipe " + layout.startGate(), e);
    }
  }

  private void startRunsc(Layout layout, Deadline deadline) {
    boolean inScope = spec.cgroup().flatMap(SystemdScope::of).isPresent();
    try {
      runsc.startSandbox(layout.bundle(), inScope, deadline);
    } catch (SandboxException e) {
      if (!String.valueOf(e.getMessage()).contains(Runsc.UNKNOWN_FLAG)) {
        throw e;
      }
      LOG.warn(
          "this runsc does not know --{}: memory limits of containers hold, their pids limits don't",
          Runsc.INNER_CGROUPS);
      try {
        Files.delete(layout.innerCgroups());
      } catch (IOException io) {
        throw Failures.io("removing " + layout.innerCgroups(), io);
      }
      runsc.startSandbox(layout.bundle(), inScope, deadline);
    }
  }

  private SandboxException notRunning(Layout layout) {
    return runsc.failed("run", "reported success, but no sandbox runs", layout.log());
  }
}
