package dev.cofferdam.shim.host;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.Usage;

/** The pods' cgroups. Paths are relative to each controller's root. */
public interface Cgroups {

  /** Where {@link #create} will make it. */
  String path(String cgroupParent, String sandboxId);

  String create(String cgroupParent, String sandboxId, Resources resources);

  void update(String path, Resources resources);

  Usage usage(String path);

  /** How many processes in it were killed for want of memory. */
  long oomKills(String path);

  /** Deletes a sandbox's cgroup wherever it is; nothing when there is none. */
  void deleteOf(String sandboxId, Deadline deadline);

  /** Nothing when it is not there. */
  void delete(String path, Deadline deadline);
}
