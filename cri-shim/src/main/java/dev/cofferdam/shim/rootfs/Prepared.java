package dev.cofferdam.shim.rootfs;

import java.nio.file.Path;

/**
 * A root file system, mounted.
 *
 * @param path where
 * @param snapshotter containerd's, that has it
 * @param snapshotKey its name there
 */
public record Prepared(Path path, String snapshotter, String snapshotKey) {}
