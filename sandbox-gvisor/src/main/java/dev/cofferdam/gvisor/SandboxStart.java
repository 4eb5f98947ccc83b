package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;

/** Brings one sandbox up, or leaves nothing of it. */
final class SandboxStart {

  /** What undoing may take when the caller's own time is over already. */
  private static final Duration UNDO_TIMEOUT = Duration.ofSeconds(10);

  private final SandboxSpec spec;
  private final SandboxFiles files;
  private final Runsc runsc;
  private final ControlChoice controls;

  SandboxStart(SandboxSpec spec, SandboxFiles files, Runsc runsc, ControlChoice controls) {
    this.spec = spec;
    this.files = files;
    this.runsc = runsc;
    this.controls = controls;
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
      if (spec.cgroup().isPresent()) {
        new PodCgroup(spec.cgroup().get()).noteMissing(layout.notedCgroups());
      }
    } catch (IOException e) {
      throw Failures.io("preparing the sandbox in " + layout.root(), e);
    }
    OciSpec.write(layout.bundle(), OciSpec.sandbox(spec, layout.pauseRoot(), pause.path()));
    runsc.startSandbox(layout.bundle(), deadline);
    long pid = files.runningPid().orElseThrow(() -> notRunning(layout));
    return new GvisorSandbox(spec, files, runsc, controls.started(runsc, deadline), pid);
  }

  private SandboxException notRunning(Layout layout) {
    return runsc.failed("run", "reported success, but no sandbox runs", layout.log());
  }
}
