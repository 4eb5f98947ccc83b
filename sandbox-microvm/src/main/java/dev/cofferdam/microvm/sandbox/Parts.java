package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.microvm.guest.GuestLoop;
import dev.cofferdam.microvm.image.ErofsCache;
import dev.cofferdam.microvm.image.GuestImage;
import dev.cofferdam.microvm.monitor.Monitor;
import java.nio.file.Path;

/**
 * What all sandboxes of one variant are made with.
 *
 * @param variant such as {@code qemu}
 * @param fileService the program that serves volumes
 * @param runtimeDirectory the backend's own
 * @param defaultMemoryBytes of pods without a limit
 * @param scratchBytes most that a pod's containers can write
 */
public record Parts(
    String variant,
    Monitor monitor,
    GuestImage image,
    ErofsCache cache,
    GuestLoop loop,
    Path fileService,
    Path runtimeDirectory,
    long defaultMemoryBytes,
    int defaultCpus,
    long scratchBytes) {}
