package dev.cofferdam.shim.check;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.containerd.Blob;
import dev.cofferdam.shim.containerd.Containerd;
import dev.cofferdam.shim.containerd.ContentBlobs;
import dev.cofferdam.shim.containerd.CriSnapshotter;
import dev.cofferdam.shim.containerd.ImageRecords;
import dev.cofferdam.shim.containerd.Layers;
import dev.cofferdam.shim.containerd.Snapshots;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;

/**
 * Puts the canary's image into containerd, through its services, and takes it out again. Each step
 * may be repeated.
 */
final class CanaryStore {
  private static final Duration POLL = Duration.ofMillis(20);

  /** By which containerd's CRI tells that an image is its own to show. */
  private static final Map<String, String> MANAGED = Map.of("io.cri-containerd.image", "managed");

  private final Containerd containerd;
  private final ContentBlobs content;
  private final ImageRecords images;
  private final CanaryImage image;

  CanaryStore(Containerd containerd, CanaryImage image) {
    this.containerd = containerd;
    this.content = new ContentBlobs(containerd);
    this.images = new ImageRecords(containerd);
    this.image = image;
  }

  /** Waits until containerd's CRI knows the image, which it learns by an event. */
  void put(Deadline deadline) throws InterruptedException {
    // Else containerd's garbage collector could come between two steps.
    Map<String, String> kept =
        Map.of("containerd.io/gc.root", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    for (Blob blob : blobs()) {
      content.write(blob, kept, deadline);
    }
    unpack(kept, deadline);
    // containerd's CRI keeps a record under the ID too, which it would make some time later.
    for (String name : names()) {
      images.create(name, image.manifest(), MANAGED, deadline);
    }
    while (images.find(image.name(), deadline).isEmpty()) {
      if (deadline.passed()) {
        throw new SandboxException(
            ErrorCode.DEADLINE_EXCEEDED,
            "containerd's CRI does not take up the image " + image.name());
      }
      Thread.sleep(POLL);
    }
  }

  private List<String> names() {
    return List.of(image.id(), image.name());
  }

  private List<Blob> blobs() {
    return List.of(image.layer(), image.config(), image.manifest());
  }

  private void unpack(Map<String, String> labels, Deadline deadline) {
    Snapshots snapshots = snapshots(deadline);
    String key = "cofferdam-canary-" + System.nanoTime();
    try {
      new Layers(containerd)
          .apply(image.layer(), snapshots.prepare(key, "", labels, deadline), deadline);
      snapshots.commit(image.chainId(), key, labels, deadline);
    } catch (SandboxException e) {
      ignoringMissing(() -> snapshots.remove(key, deadline));
      if (e.code() != ErrorCode.ALREADY_EXISTS) {
        throw e;
      }
    }
  }

  /** Whatever of it is there goes, also what an earlier check has left. */
  void remove(Deadline deadline) {
    images.remove(image.name(), deadline);
    for (String name : names()) {
      ignoringMissing(() -> images.delete(name, deadline));
    }
    ignoringMissing(() -> snapshots(deadline).remove(image.chainId(), deadline));
    for (Blob blob : blobs()) {
      ignoringMissing(() -> content.delete(blob.digest(), deadline));
    }
  }

  private Snapshots snapshots(Deadline deadline) {
    return new Snapshots(containerd, new CriSnapshotter(containerd).name(deadline));
  }

  private static void ignoringMissing(Runnable step) {
    try {
      step.run();
    } catch (SandboxException e) {
      if (e.code() != ErrorCode.NOT_FOUND) {
        throw e;
      }
    }
  }
}
