package dev.cofferdam.shim.state;

import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.LinuxContainerResources;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.Resources;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A container as it stands on disk. Immutable. Points in time are nanoseconds since the epoch, 0
 * for not yet.
 *
 * @param version of this format, see {@link #VERSION}
 * @param config as kubelet gave it
 * @param spec as the backend got it, and gets it again after a restart; empty while it is being
 *     made
 * @param image what its root file system came from
 * @param logFile where its output goes; empty: nowhere
 * @param stopSignal the number of the signal that asks it to end
 * @param resources the limits that hold now
 * @param exitCode once it is {@link Phase#EXITED}
 * @param reason as kubelet shows it, such as {@code OOMKilled}; blank until it has exited
 * @param message for people; often blank
 */
public record ContainerRecord(
    int version,
    String id,
    String sandboxId,
    ContainerConfig config,
    Optional<ContainerSpec> spec,
    ImageRecord image,
    Optional<Path> logFile,
    int stopSignal,
    LinuxContainerResources resources,
    Phase phase,
    long createdAtNanos,
    long startedAtNanos,
    long finishedAtNanos,
    int exitCode,
    String reason,
    String message) {

  /** The version that this shim writes; it reads the one before and the one after as well. */
  public static final int VERSION = 1;

  /** How far a container is in its life. */
  public enum Phase {
    /** Being made; nobody knows its ID yet, so a crash undoes it. */
    CREATING,
    CREATED,
    /** About to run; after a crash it may or may not. */
    STARTING,
    RUNNING,
    EXITED
  }

  /**
   * The image that a container was made from.
   *
   * @param id the digest of its configuration
   * @param reference a name with digest where it has one, else the ID
   * @param name a name with tag where it has one, else as asked for
   */
  public record ImageRecord(String id, String reference, String name) {}

  public ContainerRecord withSpec(ContainerSpec made, Phase next) {
    return new ContainerRecord(
        version,
        id,
        sandboxId,
        config,
        Optional.of(made),
        image,
        logFile,
        stopSignal,
        resources,
        next,
        createdAtNanos,
        startedAtNanos,
        finishedAtNanos,
        exitCode,
        reason,
        message);
  }

  public ContainerRecord withPhase(Phase next) {
    return new ContainerRecord(
        version,
        id,
        sandboxId,
        config,
        spec,
        image,
        logFile,
        stopSignal,
        resources,
        next,
        createdAtNanos,
        startedAtNanos,
        finishedAtNanos,
        exitCode,
        reason,
        message);
  }

  public ContainerRecord running(long atNanos) {
    return new ContainerRecord(
        version,
        id,
        sandboxId,
        config,
        spec,
        image,
        logFile,
        stopSignal,
        resources,
        Phase.RUNNING,
        createdAtNanos,
        atNanos,
        0,
        0,
        "",
        "");
  }

  public ContainerRecord exited(long atNanos, int code, String why, String text) {
    return new ContainerRecord(
        version,
        id,
        sandboxId,
        config,
        spec,
        image,
        logFile,
        stopSignal,
        resources,
        Phase.EXITED,
        createdAtNanos,
        startedAtNanos,
        Math.max(atNanos, startedAtNanos),
        code,
        why,
        text);
  }

  /** With other limits; the backend gets them too when it is asked for the container again. */
  public ContainerRecord withResources(LinuxContainerResources next, Resources limits) {
    return new ContainerRecord(
        version,
        id,
        sandboxId,
        config,
        spec.map(each -> each.withResources(limits)),
        image,
        logFile,
        stopSignal,
        next,
        phase,
        createdAtNanos,
        startedAtNanos,
        finishedAtNanos,
        exitCode,
        reason,
        message);
  }
}
