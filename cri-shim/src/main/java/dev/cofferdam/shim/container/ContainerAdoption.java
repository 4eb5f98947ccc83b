package dev.cofferdam.shim.container;

import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.shim.host.HostPaths;
import dev.cofferdam.shim.host.Logs;
import dev.cofferdam.shim.live.Clocks;
import dev.cofferdam.shim.live.PodContainer;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.state.ContainerRecord;
import dev.cofferdam.shim.state.ContainerRecord.Phase;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes up containers again that ran before this process was started. */
public final class ContainerAdoption {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerAdoption.class);

  private final Pods pods;
  private final Logs logs;
  private final HostPaths paths;
  private final ExitWatch watch;

  public ContainerAdoption(Pods pods, Logs logs, HostPaths paths, ExitWatch watch) {
    this.pods = pods;
    this.logs = logs;
    this.paths = paths;
    this.watch = watch;
  }

  /** Its name is taken. */
  public void taken(PodContainer container) {
    pods.containerNames()
        .taken(
            ContainerRequests.name(container.pod().id(), container.record().config()),
            container.id());
  }

  /** Finds one container in its running sandbox. */
  public void adopt(PodContainer container, Sandbox sandbox, Deadline deadline) {
    ContainerRecord record = container.record();
    if (record.spec().isEmpty()) {
      return;
    }
    ContainerSpec spec = record.spec().get();
    Optional<Container> found = sandbox.findContainer(spec, deadline);
    found.ifPresent(container::runsAs);
    switch (record.phase()) {
      case CREATING -> {}
      case EXITED -> {
        // A full disk may have kept the end of its log in the spool; waiting for it is not for
        // here.
        adoptLogs(record);
        var _ = Thread.ofVirtual().name("log-end").start(() -> logs.finish(record.id()));
      }
      case CREATED -> adoptLogs(record);
      case STARTING -> {
        adoptLogs(record);
        if (found.isPresent() && started(found.get(), deadline)) {
          var _ = container.observe(now -> now.running(Clocks.nanos()));
          watch.begin(container, found.get());
        } else {
          var _ = container.observe(now -> now.withPhase(Phase.CREATED));
        }
      }
      case RUNNING -> {
        adoptLogs(record);
        if (found.isPresent()) {
          watch.begin(container, found.get());
        } else {
          watch.lost(container, "it was gone when the shim was started");
        }
      }
    }
  }

  /** The sandbox is gone, but what the container wrote before may not be in its log yet. */
  public void adoptOutput(PodContainer container) {
    switch (container.record().phase()) {
      case STARTING, RUNNING -> adoptLogs(container.record());
      case CREATING, CREATED, EXITED -> {}
    }
  }

  private void adoptLogs(ContainerRecord record) {
    try {
      logs.adopt(
          record.id(),
          paths.streams(record.id()),
          record.logFile(),
          record.config().getStdin(),
          record.config().getTty());
    } catch (RuntimeException e) {
      LOG.warn("the log of container {} cannot go on: {}", record.id(), e.getMessage());
    }
  }

  /** Whether its first process was started before the shim ended. */
  private static boolean started(Container container, Deadline deadline) {
    try {
      return !container.processes(deadline).isEmpty();
    } catch (RuntimeException e) {
      return false;
    }
  }
}
