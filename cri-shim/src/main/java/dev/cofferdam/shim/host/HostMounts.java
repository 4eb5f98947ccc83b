package dev.cofferdam.shim.host;

import java.io.IOException;
import java.nio.file.Path;

/** Mounts that the shim itself makes for a pod. */
public interface HostMounts {

  /** Mounts memory of this size on a folder, for {@code /dev/shm}. */
  void shm(Path folder, long bytes) throws IOException;

  /** Nothing when nothing is mounted there. */
  void unmount(Path folder) throws IOException;
}
