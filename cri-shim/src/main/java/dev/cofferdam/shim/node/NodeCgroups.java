package dev.cofferdam.shim.node;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.Usage;
import dev.cofferdam.shim.cgroup.PodCgroups;
import dev.cofferdam.shim.host.Cgroups;

/** The kernel's cgroups. */
public record NodeCgroups(PodCgroups cgroups) implements Cgroups {

  @Override
  public String path(String cgroupParent, String sandboxId) {
    return PodCgroups.path(cgroupParent, sandboxId);
  }

  @Override
  public String create(String cgroupParent, String sandboxId, Resources resources) {
    return cgroups.create(cgroupParent, sandboxId, resources);
  }

  @Override
  public void update(String path, Resources resources) {
    cgroups.update(path, resources);
  }

  @Override
  public Usage usage(String path) {
    return cgroups.usage(path);
  }

  @Override
  public long oomKills(String path) {
    return cgroups.oomKills(path);
  }

  @Override
  public void deleteOf(String sandboxId, Deadline deadline) {
    for (String path : cgroups.find(sandboxId)) {
      cgroups.delete(path, deadline);
    }
  }

  @Override
  public void delete(String path, Deadline deadline) {
    cgroups.delete(path, deadline);
  }
}
