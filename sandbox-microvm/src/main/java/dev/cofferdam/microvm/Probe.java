package dev.cofferdam.microvm;

import dev.cofferdam.microvm.sandbox.MicroVmSandbox;
import dev.cofferdam.microvm.sandbox.Parts;
import dev.cofferdam.microvm.sandbox.SandboxStart;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProbeResult;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Boots a guest and takes it down again. That a device exists proves nothing: {@code /dev/kvm} may
 * open and hang.
 */
final class Probe {
  private static final Logger LOG = LoggerFactory.getLogger(Probe.class);
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final Duration CLEANING = Duration.ofSeconds(10);

  private final Parts parts;
  private final ProbeFolders folders;

  Probe(Parts parts, ProbeFolders folders) {
    this.parts = parts;
    this.folders = folders;
  }

  ProbeResult run(Duration timeout) {
    long start = System.nanoTime();
    Deadline deadline = Deadline.after(timeout);
    String version = "";
    try {
      version = parts.monitor().version(deadline);
      String evidence = boot(timeout, deadline);
      return new ProbeResult(true, evidence, version, since(start));
    } catch (RuntimeException e) {
      return new ProbeResult(false, why(e, timeout), version, since(start));
    }
  }

  private static String why(RuntimeException e, Duration timeout) {
    if (e instanceof SandboxException known && known.code() == ErrorCode.DEADLINE_EXCEEDED) {
      return "timed out: a guest did not boot within "
          + timeout.toSeconds()
          + " s ("
          + known.getMessage()
          + ")";
    }
    return String.valueOf(e.getMessage());
  }

  private String boot(Duration timeout, Deadline deadline) {
    SandboxSpec spec = folders.begin(parts.variant());
    SandboxStart sandboxes = new SandboxStart(parts);
    try {
      folders.makeNetwork(spec);
      long start = System.nanoTime();
      MicroVmSandbox sandbox = sandboxes.create(spec, deadline);
      Duration took = since(start);
      String bootId = sandbox.bootId(deadline);
      if (bootId.equals(Files.readString(BOOT_ID).strip())) {
        throw new SandboxException(
            ErrorCode.PROGRAM_FAILED,
            "what answered as the guest has the node's own boot ID " + bootId);
      }
      return String.format(
          Locale.ROOT,
          "%s; boot ID %s; cold start %.2f s",
          sandbox.wall(deadline).kernel(),
          bootId,
          took.toMillis() / 1000.0);
    } catch (IOException e) {
      throw Failures.io("reading " + BOOT_ID, e);
    } finally {
      try {
        sandboxes.purge(spec, Deadline.after(CLEANING));
        folders.remove(spec);
      } catch (RuntimeException e) {
        LOG.warn(
            "a probe of {} within {} left something: {}", parts.variant(), timeout, e.getMessage());
      } finally {
        folders.done(spec);
      }
    }
  }

  private static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
