package dev.cofferdam.microvm.volume;

import java.nio.charset.StandardCharsets;

/** Something that a guest mounts once, however many of its containers use it. */
public sealed interface GuestVolume {

  /** Names it on both sides; the same folder has the same, also after a restart of the shim. */
  String id();

  /** Files of the host, by the file service. */
  record HostFiles(String id, boolean readOnly) implements GuestVolume {

    /** Where on the host the guest connects to. */
    public static final int VSOCK_PORT = 1026;

    /** What the guest's first bytes have to be. */
    public byte[] greeting() {
      return ("VOLUME " + id + "\n").getBytes(StandardCharsets.US_ASCII);
    }
  }

  /**
   * An {@code emptyDir} in memory: the guest's memory, so that it is the pod's.
   *
   * @param sizeBytes its limit
   * @param mode of its root, as in {@code chmod}
   * @param uid who owns the root
   * @param gid its group: the pod's {@code fsGroup}
   */
  record Memory(String id, long sizeBytes, int mode, int uid, int gid) implements GuestVolume {}
}
