package dev.cofferdam.shim.pod;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.container.ContainerAdoption;
import dev.cofferdam.shim.handler.Backends;
import dev.cofferdam.shim.live.LogFields;
import dev.cofferdam.shim.live.Pod;
import dev.cofferdam.shim.live.PodContainer;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.live.Timeouts;
import dev.cofferdam.shim.state.ContainerRecord;
import dev.cofferdam.shim.state.SandboxRecord;
import dev.cofferdam.shim.state.SandboxRecord.Phase;
import dev.cofferdam.shim.state.StateStore;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds again what ran before this process was started. */
final class PodRecovery {
  private static final Logger LOG = LoggerFactory.getLogger(PodRecovery.class);

  private final Pods pods;
  private final StateStore store;
  private final Backends backends;
  private final SandboxWatch watch;
  private final ContainerAdoption containers;
  private final Timeouts timeouts;
  private final String bootId;

  PodRecovery(
      Pods pods,
      StateStore store,
      Backends backends,
      SandboxWatch watch,
      ContainerAdoption containers,
      Timeouts timeouts,
      String bootId) {
    this.pods = pods;
    this.store = store;
    this.backends = backends;
    this.watch = watch;
    this.containers = containers;
    this.timeouts = timeouts;
    this.bootId = bootId;
  }

  /** Reads all records, so that every ID is known. Asks nobody; quick. */
  void load() {
    StateStore.Loaded loaded = store.load();
    pods.unknown().addAll(loaded.quarantined());
    pods.leftovers().addAll(loaded.quarantinedContainers());
    for (SandboxRecord record : loaded.sandboxes()) {
      SandboxRecord known = record;
      if (record.phase() == Phase.CREATING) {
        // Its ID was never given out: it is taken apart, by the sweep if not at once.
        known = record.withPhase(Phase.CLEANUP_PENDING, "the shim ended while it was being made");
      } else if (!record.bootId().equals(bootId) && record.phase() == Phase.READY) {
        known = record.withPhase(Phase.ENDED, "the node was started anew");
      }
      Pod pod = new Pod(known, store);
      pods.add(pod);
      if (known.phase() != Phase.CLEANUP_PENDING) {
        pods.podNames().taken(PodRequests.name(record.config()), record.id());
      }
    }
    for (ContainerRecord record : loaded.containers()) {
      Optional<Pod> pod = pods.findPod(record.sandboxId());
      if (record.phase() == ContainerRecord.Phase.CREATING || pod.isEmpty()) {
        pods.leftovers().add(record.id());
        continue;
      }
      PodContainer container = new PodContainer(pod.get(), record, store);
      pods.add(container);
      containers.taken(container);
    }
  }

  /** Takes up every pod again, all at once; returns when each is known to run or not. */
  void adopt() throws InterruptedException {
    List<Thread> adopting =
        pods.all().stream()
            .map(pod -> Thread.ofVirtual().name("adopt-" + pod.id()).start(() -> adoptOrNote(pod)))
            .toList();
    // A backend that hangs past its deadline must not keep the whole node from being served.
    Deadline patience = Deadline.after(timeouts.adopt().plus(timeouts.usage()));
    for (Thread thread : adopting) {
      if (!thread.join(patience.remaining())) {
        LOG.warn("{} is still at it; the node is served without", thread.getName());
      }
    }
    long running = pods.all().stream().filter(Pod::ready).count();
    if (!adopting.isEmpty()) {
      LOG.info("{} pod sandboxes of before: {} still run", adopting.size(), running);
    }
  }

  /** Pods of which it is not known whether they run: their backend did not answer. */
  Stream<Pod> undecided() {
    return pods.all().stream().filter(pod -> pod.ready() && pod.sandbox().isEmpty());
  }

  /** Asks again for one of those. */
  void adoptOrNote(Pod pod) {
    try (LogFields.Scope _ = LogFields.of(pod)) {
      adoptOrSay(pod);
    }
  }

  private void adoptOrSay(Pod pod) {
    try {
      adopt(pod);
    } catch (RuntimeException e) {
      LOG.warn(
          "whether pod sandbox {} still runs is not known, it is asked for again: {}",
          pod.id(),
          e.getMessage());
    }
  }

  private void adopt(Pod pod) {
    if (!pod.ready()) {
      lost(pod, pod.record().note());
      return;
    }
    SandboxRecord record = pod.record();
    Backend backend = backends.require(record.backend());
    Deadline deadline = Deadline.after(timeouts.adopt());
    Optional<Sandbox> found;
    try {
      found = backend.find(record.spec(), deadline);
    } catch (SandboxException e) {
      throw new SandboxException(e.code(), "sandbox: " + e.getMessage(), e);
    }
    if (found.isEmpty()) {
      lost(pod, "it was gone when the shim was started");
      return;
    }
    Sandbox sandbox = found.get();
    pod.runsIn(sandbox);
    pod.containers().forEach(container -> containers.adopt(container, sandbox, deadline));
    watch.begin(pod, sandbox);
  }

  private void lost(Pod pod, String why) {
    pod.containers().forEach(containers::adoptOutput);
    watch.lost(pod, why);
  }
}
