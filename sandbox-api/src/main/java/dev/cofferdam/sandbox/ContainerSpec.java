package dev.cofferdam.sandbox;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A container as the shim has decided it. Immutable; kept on disk by the shim.
 *
 * @param id unique on this node; 64 hexadecimal digits
 * @param name for people, such as {@code app}
 * @param directory a folder of this container's own, made by the shim, for what the backend writes
 *     down
 * @param rootFilesystem what the process sees as {@code /}
 * @param readOnlyRoot whether {@code /} is read-only inside
 * @param mounts in the order in which they are made
 * @param process the first process
 * @param resources what this container may use
 * @param stdio where the first process's standard streams go
 * @param maskedPaths hidden inside, in absolute form
 * @param readOnlyPaths read-only inside, in absolute form
 * @param privileged whether the container has all devices and an unmasked {@code /proc}, within the
 *     wall
 * @param seccompProfile a file in {@link #directory} with the filter of system calls, as OCI's
 *     runtime specification writes it ({@code linux.seccomp}), already checked for form; a path,
 *     since a profile is longer than all else here. Empty: not filtered
 */
public record ContainerSpec(
    String id,
    String name,
    Path directory,
    RootFilesystem rootFilesystem,
    boolean readOnlyRoot,
    List<MountSpec> mounts,
    ProcessSpec process,
    Resources resources,
    Stdio stdio,
    List<String> maskedPaths,
    List<String> readOnlyPaths,
    boolean privileged,
    Optional<Path> seccompProfile) {

  /** A container of which no more is known, to find it by and to end it. */
  public static ContainerSpec unknown(String id, Path directory) {
    return new ContainerSpec(
        id,
        "",
        directory,
        new RootFilesystem.Directory(directory),
        false,
        List.of(),
        new ProcessSpec(
            List.of(""), List.of(), "/", ProcessSpec.User.ROOT, Set.of(), Set.of(), true, false),
        Resources.UNLIMITED,
        Stdio.NONE,
        List.of(),
        List.of(),
        false,
        Optional.empty());
  }

  public ContainerSpec {
    mounts = List.copyOf(mounts);
    maskedPaths = List.copyOf(maskedPaths);
    readOnlyPaths = List.copyOf(readOnlyPaths);
  }

  /** The same with other limits. */
  public ContainerSpec withResources(Resources other) {
    return new ContainerSpec(
        id,
        name,
        directory,
        rootFilesystem,
        readOnlyRoot,
        mounts,
        process,
        other,
        stdio,
        maskedPaths,
        readOnlyPaths,
        privileged,
        seccompProfile);
  }
}
