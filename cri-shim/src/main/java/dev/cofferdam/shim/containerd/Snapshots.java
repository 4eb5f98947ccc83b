package dev.cofferdam.shim.containerd;

import dev.cofferdam.containerd.snapshots.v1.CommitSnapshotRequest;
import dev.cofferdam.containerd.snapshots.v1.Info;
import dev.cofferdam.containerd.snapshots.v1.ListSnapshotsRequest;
import dev.cofferdam.containerd.snapshots.v1.MountsRequest;
import dev.cofferdam.containerd.snapshots.v1.PrepareSnapshotRequest;
import dev.cofferdam.containerd.snapshots.v1.RemoveSnapshotRequest;
import dev.cofferdam.containerd.snapshots.v1.SnapshotsGrpc;
import dev.cofferdam.containerd.snapshots.v1.StatSnapshotRequest;
import dev.cofferdam.containerd.snapshots.v1.UsageRequest;
import dev.cofferdam.containerd.snapshots.v1.UsageResponse;
import dev.cofferdam.containerd.snapshots.v1.ViewSnapshotRequest;
import dev.cofferdam.containerd.types.Mount;
import dev.cofferdam.sandbox.Deadline;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The snapshots of one snapshotter. Errors of containerd keep their code. */
public final class Snapshots {
  private final Containerd containerd;
  private final String snapshotter;

  public Snapshots(Containerd containerd, String snapshotter) {
    this.containerd = containerd;
    this.snapshotter = snapshotter;
  }

  public String snapshotter() {
    return snapshotter;
  }

  /** Makes a writable snapshot on top of {@code parent}; blank: on nothing. */
  public List<Mount> prepare(
      String key, String parent, Map<String, String> labels, Deadline deadline) {
    return containerd
        .call(
            SnapshotsGrpc::newBlockingStub,
            deadline,
            action("prepare", key),
            stub ->
                stub.prepare(
                    PrepareSnapshotRequest.newBuilder()
                        .setSnapshotter(snapshotter)
                        .setKey(key)
                        .setParent(parent)
                        .putAllLabels(labels)
                        .build()))
        .getMountsList();
  }

  /** Makes a snapshot of {@code parent} that is only read. */
  public List<Mount> view(
      String key, String parent, Map<String, String> labels, Deadline deadline) {
    return containerd
        .call(
            SnapshotsGrpc::newBlockingStub,
            deadline,
            action("make a view", key),
            stub ->
                stub.view(
                    ViewSnapshotRequest.newBuilder()
                        .setSnapshotter(snapshotter)
                        .setKey(key)
                        .setParent(parent)
                        .putAllLabels(labels)
                        .build()))
        .getMountsList();
  }

  /** How to mount a snapshot made before. */
  public List<Mount> mounts(String key, Deadline deadline) {
    return containerd
        .call(
            SnapshotsGrpc::newBlockingStub,
            deadline,
            action("mount", key),
            stub ->
                stub.mounts(
                    MountsRequest.newBuilder().setSnapshotter(snapshotter).setKey(key).build()))
        .getMountsList();
  }

  /** Makes a snapshot that can be a parent out of a writable one. */
  public void commit(String name, String key, Map<String, String> labels, Deadline deadline) {
    containerd.call(
        SnapshotsGrpc::newBlockingStub,
        deadline,
        action("commit", key),
        stub ->
            stub.commit(
                CommitSnapshotRequest.newBuilder()
                    .setSnapshotter(snapshotter)
                    .setName(name)
                    .setKey(key)
                    .putAllLabels(labels)
                    .build()));
  }

  public Info stat(String key, Deadline deadline) {
    return containerd
        .call(
            SnapshotsGrpc::newBlockingStub,
            deadline,
            action("look at", key),
            stub ->
                stub.stat(
                    StatSnapshotRequest.newBuilder()
                        .setSnapshotter(snapshotter)
                        .setKey(key)
                        .build()))
        .getInfo();
  }

  public void remove(String key, Deadline deadline) {
    containerd.call(
        SnapshotsGrpc::newBlockingStub,
        deadline,
        action("remove", key),
        stub ->
            stub.remove(
                RemoveSnapshotRequest.newBuilder()
                    .setSnapshotter(snapshotter)
                    .setKey(key)
                    .build()));
  }

  /** Disk space of what was written on top of the parent. */
  public UsageResponse usage(String key, Deadline deadline) {
    return containerd.call(
        SnapshotsGrpc::newBlockingStub,
        deadline,
        action("measure", key),
        stub ->
            stub.usage(UsageRequest.newBuilder().setSnapshotter(snapshotter).setKey(key).build()));
  }

  /**
   * Lists those that match.
   *
   * @param filter in containerd's language, such as {@code labels."a/b"}
   */
  public List<Info> list(String filter, Deadline deadline) {
    return containerd.call(
        SnapshotsGrpc::newBlockingStub,
        deadline,
        "list snapshots of " + snapshotter,
        stub -> {
          List<Info> all = new ArrayList<>();
          stub.list(
                  ListSnapshotsRequest.newBuilder()
                      .setSnapshotter(snapshotter)
                      .addFilters(filter)
                      .build())
              .forEachRemaining(answer -> all.addAll(answer.getInfoList()));
          return all;
        });
  }

  private String action(String verb, String key) {
    return verb + " snapshot " + key + " of " + snapshotter;
  }
}
