package dev.cofferdam.shim.containerd;

import dev.cofferdam.containerd.diff.v1.ApplyRequest;
import dev.cofferdam.containerd.diff.v1.DiffGrpc;
import dev.cofferdam.containerd.types.Mount;
import dev.cofferdam.sandbox.Deadline;
import java.util.List;

/** Unpacks images' layers, as containerd itself does. */
public record Layers(Containerd containerd) {

  /** Writes what is in a layer of the content store to where the mounts lead. */
  public void apply(Blob layer, List<Mount> mounts, Deadline deadline) {
    containerd.call(
        DiffGrpc::newBlockingStub,
        deadline,
        "unpack layer " + layer.digest(),
        stub ->
            stub.apply(
                ApplyRequest.newBuilder()
                    .setDiff(layer.descriptor())
                    .addAllMounts(mounts)
                    .build()));
  }
}
