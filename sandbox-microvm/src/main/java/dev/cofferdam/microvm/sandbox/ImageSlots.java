package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.microvm.guest.GuestClient;
import dev.cofferdam.microvm.guest.v1.Disk;
import dev.cofferdam.microvm.guest.v1.MountImageRequest;
import dev.cofferdam.microvm.guest.v1.UnmountImageRequest;
import dev.cofferdam.microvm.image.ErofsCache;
import dev.cofferdam.microvm.monitor.RunningMachine;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.RootFilesystem;
import dev.cofferdam.sandbox.SandboxException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which image is in which of a machine's slots, and for which containers. An image that no
 * container uses any more stays until its slot is wanted. Thread-safe.
 */
final class ImageSlots {

  /**
   * What is on disk.
   *
   * @param slots by number
   */
  record State(int format, Map<Integer, Slot> slots) {}

  /**
   * @param chainId of the image
   * @param containers that use it
   */
  record Slot(String chainId, Set<String> containers) {}

  private static final int FORMAT = 1;

  private final String sandboxId;
  private final RunningMachine machine;
  private final GuestClient guest;
  private final ErofsCache cache;
  private final int count;
  private final StateFile<State> file;
  private final Map<Integer, Slot> slots;
  private final ReentrantLock lock = new ReentrantLock();

  /**
   * @param count slots of the machine
   * @param file where an earlier process may have left its record
   */
  ImageSlots(
      String sandboxId,
      RunningMachine machine,
      GuestClient guest,
      ErofsCache cache,
      int count,
      Path file) {
    this.sandboxId = sandboxId;
    this.machine = machine;
    this.guest = guest;
    this.cache = cache;
    this.count = count;
    this.file = new StateFile<>(file, State.class);
    this.slots = new TreeMap<>(this.file.read().map(State::slots).orElse(Map.of()));
  }

  /**
   * Sees to it that the guest has the image mounted. May be repeated.
   *
   * @return its name in the guest
   */
  String use(String containerId, RootFilesystem.Image image, Deadline deadline) {
    Path held = cache.acquire(sandboxId, image.chainId(), image.path(), deadline);
    lock.lock();
    try {
      Optional<Integer> there = slotOf(image.chainId());
      int slot = there.isPresent() ? there.get() : free(deadline);
      Slot before = slots.get(slot);
      Set<String> users = new TreeSet<>(before == null ? Set.of() : before.containers());
      users.add(containerId);
      slots.put(slot, new Slot(image.chainId(), users));
      save();
      String name = name(image.chainId());
      if (there.isEmpty()) {
        machine.attach(slot, held, deadline);
      }
      // Repeated even if it was there: whoever attached it may have been killed before this.
      var _ =
          guest.call(
              "mounting image " + name,
              deadline,
              stub ->
                  stub.mountImage(
                      MountImageRequest.newBuilder()
                          .setImageId(name)
                          .setDisk(Disk.newBuilder().setSlot(slot))
                          .build()));
      return name;
    } finally {
      lock.unlock();
    }
  }

  /** The container no longer uses its image. */
  void release(String containerId) {
    lock.lock();
    try {
      boolean changed = false;
      for (Map.Entry<Integer, Slot> entry : slots.entrySet()) {
        if (entry.getValue().containers().contains(containerId)) {
          Set<String> users = new TreeSet<>(entry.getValue().containers());
          users.remove(containerId);
          entry.setValue(new Slot(entry.getValue().chainId(), users));
          changed = true;
        }
      }
      if (changed) {
        save();
      }
    } finally {
      lock.unlock();
    }
  }

  private Optional<Integer> slotOf(String chainId) {
    return slots.entrySet().stream()
        .filter(entry -> entry.getValue().chainId().equals(chainId))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private int free(Deadline deadline) {
    for (int slot = 0; slot < count; slot++) {
      if (!slots.containsKey(slot)) {
        return slot;
      }
    }
    for (Map.Entry<Integer, Slot> entry : slots.entrySet()) {
      if (entry.getValue().containers().isEmpty()) {
        return emptied(entry.getKey(), entry.getValue().chainId(), deadline);
      }
    }
    throw new SandboxException(
        ErrorCode.RESOURCE_EXHAUSTED,
        "containers of "
            + count
            + " different images run in this pod: its monitor has no drives for more");
  }

  private int emptied(int slot, String chainId, Deadline deadline) {
    var _ =
        guest.call(
            "unmounting image " + name(chainId),
            deadline,
            stub ->
                stub.unmountImage(
                    UnmountImageRequest.newBuilder().setImageId(name(chainId)).build()));
    machine.detach(slot, deadline);
    slots.remove(slot);
    save();
    cache.release(sandboxId, chainId);
    return slot;
  }

  private void save() {
    file.write(new State(FORMAT, slots));
  }

  private static String name(String chainId) {
    String name = chainId.replaceAll("[^A-Za-z0-9]", "");
    return name.length() > 64 ? name.substring(name.length() - 64) : name;
  }
}
