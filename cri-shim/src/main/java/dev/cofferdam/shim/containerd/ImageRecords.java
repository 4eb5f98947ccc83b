package dev.cofferdam.shim.containerd;

import dev.cofferdam.containerd.images.v1.CreateImageRequest;
import dev.cofferdam.containerd.images.v1.DeleteImageRequest;
import dev.cofferdam.containerd.images.v1.GetImageRequest;
import dev.cofferdam.containerd.images.v1.ImagesGrpc;
import dev.cofferdam.containerd.types.Descriptor;
import dev.cofferdam.cri.v1.Image;
import dev.cofferdam.cri.v1.ImageServiceGrpc;
import dev.cofferdam.cri.v1.ImageSpec;
import dev.cofferdam.cri.v1.ImageStatusRequest;
import dev.cofferdam.cri.v1.ImageStatusResponse;
import dev.cofferdam.cri.v1.RemoveImageRequest;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.util.Map;
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

  /** Names an image; without effect if there is one of that name. */
  public void create(String name, Blob manifest, Map<String, String> labels, Deadline deadline) {
    try {
      containerd.call(
          ImagesGrpc::newBlockingStub,
          deadline,
          "create image " + name,
          stub ->
              stub.create(
                  CreateImageRequest.newBuilder()
                      .setImage(
                          dev.cofferdam.containerd.images.v1.Image.newBuilder()
                              .setName(name)
                              .putAllLabels(labels)
                              .setTarget(manifest.descriptor()))
                      .build()));
    } catch (SandboxException e) {
      if (e.code() != ErrorCode.ALREADY_EXISTS) {
        throw e;
      }
    }
  }

  /**
   * Takes one of an image's names away.
   *
   * @throws SandboxException NOT_FOUND if there is none of that name
   */
  public void delete(String name, Deadline deadline) {
    containerd.call(
        ImagesGrpc::newBlockingStub,
        deadline,
        "delete image " + name,
        stub -> stub.delete(DeleteImageRequest.newBuilder().setName(name).build()));
  }

  /** Removes an image by all its names; without effect if there is none. */
  public void remove(String reference, Deadline deadline) {
    containerd.call(
        ImageServiceGrpc::newBlockingStub,
        deadline,
        "remove image " + reference,
        stub ->
            stub.removeImage(
                RemoveImageRequest.newBuilder()
                    .setImage(ImageSpec.newBuilder().setImage(reference))
                    .build()));
  }
}
