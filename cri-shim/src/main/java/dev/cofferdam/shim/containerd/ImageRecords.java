package dev.cofferdam.shim.containerd;

import dev.cofferdam.containerd.images.v1.GetImageRequest;
import dev.cofferdam.containerd.images.v1.ImagesGrpc;
import dev.cofferdam.containerd.types.Descriptor;
import dev.cofferdam.cri.v1.Image;
import dev.cofferdam.cri.v1.ImageServiceGrpc;
import dev.cofferdam.cri.v1.ImageSpec;
import dev.cofferdam.cri.v1.ImageStatusRequest;
import dev.cofferdam.cri.v1.ImageStatusResponse;
import dev.cofferdam.sandbox.Deadline;
import java.util.Optional;

/** Which images there are. */
public final class ImageRecords {
  private final Containerd containerd;

  public ImageRecords(Containerd containerd) {
    this.containerd = containerd;
  }

  /**
   * Finds an image by whatever CRI clients name one: an ID, a part of one, a reference, a short
   * name. containerd's own CRI resolves it, so that it means the same to both of us.
   */
  public Optional<Image> find(String reference, Deadline deadline) {
    ImageStatusResponse answer =
        containerd.call(
            ImageServiceGrpc::newBlockingStub,
            deadline,
            "look up image " + reference,
            stub ->
                stub.imageStatus(
                    ImageStatusRequest.newBuilder()
                        .setImage(ImageSpec.newBuilder().setImage(reference))
                        .build()));
    return answer.hasImage() ? Optional.of(answer.getImage()) : Optional.empty();
  }

  /**
   * The manifest, or index of manifests, of an image.
   *
   * @param id as {@link #find} gave it; containerd's CRI keeps a record of that name
   */
  public Descriptor target(String id, Deadline deadline) {
    return containerd
        .call(
            ImagesGrpc::newBlockingStub,
            deadline,
            "look up image " + id,
            stub -> stub.get(GetImageRequest.newBuilder().setName(id).build()))
        .getImage()
        .getTarget();
  }
}
