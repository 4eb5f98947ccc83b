package dev.cofferdam.shim.node;

import dev.cofferdam.linux.Mounts;
import dev.cofferdam.shim.host.HostMounts;
import java.io.IOException;
import java.nio.file.Path;

/** Mounts by the kernel. */
public final class NodeMounts implements HostMounts {

  @Override
  public void shm(Path folder, long bytes) throws IOException {
    Mounts.mount(
        "shm",
        folder,
        "tmpfs",
        Mounts.MS_NOEXEC | Mounts.MS_NOSUID | Mounts.MS_NODEV,
        "mode=1777,size=" + bytes);
  }

  @Override
  public void unmount(Path folder) throws IOException {
    // Lazily: whoever still has it open is on its way out, and nobody new finds it.
    Mounts.unmount(folder, true);
  }
}
