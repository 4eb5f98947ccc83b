package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
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

  /**
   * @param pids most processes and threads of a container with no limit of its own
   */
  SandboxStart(
      SandboxSpec spec, SandboxFiles files, Runsc runsc, ControlChoice controls, long pids) {
    this.spec = spec;
    this.files = files;
    this.runsc = runsc;
    this.controls = controls;
    this.pids = pids;
  }

  Sandbox run(Deadline deadline) {
    try {
      return start(deadline);
    } catch (RuntimeException e) {
      try {
        files.purge(Deadline.after(UNDO_TIMEOUT));
      } catch (RuntimeException left) {
        e.addSuppressed(left); // the caller's purge finishes it
      }
      throw e;
    }
  }

  private Sandbox start(Deadline deadline) {
    Layout layout = files.layout();
    // An earlier try may have been cut off, in this process or in its predecessor.
    files.purge(deadline);
    TinyProgram pause = TinyProgram.pause();
    try {
      Files.createDirectories(layout.root());
      pause.install(layout.pauseRoot());
      TinyProgram.write().install(layout.pauseRoot());
      Files.createFile(layout.innerCgroups());
      if (spec.cgroup().isPresent()) {
        new PodCgroup(spec.cgroup().get()).noteMissing(layout.notedCgroups());
      }
    } catch (IOException e) {
      throw Failures.io("preparing the sandbox in " + layout.root(), e);
    }
    OciSpec.write(layout.bundle(), OciSpec.sandbox(spec, layout.pauseRoot(), pause.path()));
    startRunsc(layout, deadline);
    long pid = files.runningPid().orElseThrow(() -> notRunning(layout));
    Control control = controls.started(runsc, deadline);
    Sysctls.set(spec, control, layout, deadline);
    return new GvisorSandbox(spec, files, runsc, control, pid, pids);
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
