package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses how a sentry is spoken to, by the version of the runsc that started it: the program may
 * have been replaced since, and one release ships both ends of the socket. Thread-safe.
 */
final class ControlChoice {
  private static final Logger LOG = LoggerFactory.getLogger(ControlChoice.class);
  private static final Set<String> TESTED = TestedVersions.all();

  /** A version is answered from memory, or after one start of the program. */
  private static final Duration VERSION_TIMEOUT = Duration.ofSeconds(10);

  private final ControlWay way;
  private final ProgramVersion version;
  private final Set<String> warned = ConcurrentHashMap.newKeySet();

  ControlChoice(GvisorSettings settings) {
    this.way = settings.control();
    this.version = new ProgramVersion(settings.runsc());
  }

  /** Whether the runsc that a sandbox would be started with now is one whose ways are known. */
  boolean knows(Deadline deadline) {
    return usesSocket(askedNow(deadline));
  }

  /** For a sandbox that has just been started; notes by which version. */
  Control started(Runsc runsc, Deadline deadline) {
    String name = askedNow(deadline);
    try {
      Files.writeString(runsc.layout().version(), name);
    } catch (IOException e) {
      throw Failures.io("writing " + runsc.layout().version(), e);
    }
    return control(runsc, name);
  }

  /** For a sandbox of before. */
  Control found(Runsc runsc, Deadline deadline) {
    Path noted = runsc.layout().version();
    try {
      return control(runsc, Files.readString(noted).strip());
    } catch (NoSuchFileException e) {
      // Killed before it was noted, or started by a shim that noted none.
      return control(runsc, askedNow(deadline));
    } catch (IOException e) {
      throw Failures.io("reading " + noted, e);
    }
  }

  /** Blank: it does not say. Then it isn't one that was tested either. */
  private String askedNow(Deadline deadline) {
    try {
      return version.get(deadline.atMost(VERSION_TIMEOUT));
    } catch (SandboxException e) {
      LOG.warn("{}", e.getMessage());
      return "";
    }
  }

  private Control control(Runsc runsc, String name) {
    Sentry sentry = new Sentry(new ControlSocket(runsc.layout().controlSocket()));
    if (usesSocket(name)) {
      return sentry;
    }
    if (way == ControlWay.AUTO && warned.add(name)) {
      LOG.warn(
          "runsc {} is not a version that this build was tested with ({}): its sandboxes are"
              + " controlled by runsc's command line, which is slower and costs one process for each"
              + " container",
          name.isEmpty() ? "of unknown version" : name,
          TESTED);
    }
    return new CommandControl(runsc, sentry);
  }

  private boolean usesSocket(String version) {
    return switch (way) {
      case AUTO -> TESTED.contains(version);
      case SOCKET -> true;
      case COMMANDS -> false;
    };
  }
}
