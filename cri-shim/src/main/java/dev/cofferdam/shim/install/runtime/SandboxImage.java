package dev.cofferdam.shim.install.runtime;

import dev.cofferdam.cri.v1.Image;
import dev.cofferdam.cri.v1.ListImagesRequest;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.client.CriClient;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The image of containerd's own sandboxes. It is pinned, and there since the first pod was run. */
final class SandboxImage {
  private SandboxImage() {}

  static Image of(CriClient client, Duration timeout) {
    for (Image image :
        client
            .images()
            .withDeadlineAfter(Math.max(1, timeout.toMillis()), TimeUnit.MILLISECONDS)
            .listImages(ListImagesRequest.getDefaultInstance())
            .getImagesList()) {
      if (image.getPinned()
          && image.getRepoTagsList().stream().anyMatch(tag -> tag.contains("pause"))) {
        return image;
      }
    }
    throw new SandboxException(
        ErrorCode.NOT_FOUND, "containerd has no pinned image for its sandboxes (…/pause:…)");
  }
}
