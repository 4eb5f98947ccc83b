package dev.cofferdam.microvm;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The backend's section of the shim's configuration, {@code backend.microvm.*}.
 *
 * @param images folder of the guest image
 * @param qemu path or name of QEMU
 * @param vsockDevice path or name of {@code vhost-device-vsock}
 * @param firecracker path of Firecracker
 * @param jailer path of its jailer
 * @param files path of the program that serves volumes
 * @param erofs path or name of {@code mkfs.erofs}
 * @param cache folder of images made from containers' root file systems
 * @param cacheBytes how large it may grow beyond what is in use
 * @param memoryBytes of pods without a limit
 * @param cpus of pods without a limit
 * @param scratchBytes most that a pod's containers may write
 * @param translationBytes most that QEMU keeps of a guest's code as it translated it
 */
record MicroVmSettings(
    Path images,
    String qemu,
    String vsockDevice,
    Path firecracker,
    Path jailer,
    Path files,
    String erofs,
    Path cache,
    long cacheBytes,
    long memoryBytes,
    int cpus,
    long scratchBytes,
    long translationBytes) {

  private static final Map<String, String> DEFAULTS =
      Map.ofEntries(
          Map.entry("images", installed("guest", "/usr/share/cofferdam/guest")),
          Map.entry("qemu", "qemu-system-x86_64"),
          Map.entry("vsock-device", "vhost-device-vsock"),
          Map.entry("firecracker", "/usr/bin/firecracker"),
          Map.entry("jailer", "/usr/bin/jailer"),
          Map.entry("files", installed("bin/cofferdam-files", "/usr/bin/cofferdam-files")),
          Map.entry("erofs", "mkfs.erofs"),
          Map.entry("cache", "/var/lib/cofferdam/erofs"),
          Map.entry("cache-bytes", Long.toString(10L << 30)),
          Map.entry("memory-bytes", Long.toString(256L << 20)),
          Map.entry("cpus", "1"),
          Map.entry("scratch-bytes", Long.toString(10L << 30)),
          Map.entry("translation-bytes", Long.toString(32L << 20)));

  static MicroVmSettings of(Map<String, String> settings) {
    Set<String> unknown = new TreeSet<>(settings.keySet());
    unknown.removeAll(DEFAULTS.keySet());
    if (!unknown.isEmpty()) {
      throw invalid(
          "unknown settings of the microVM backend: "
              + unknown
              + "; known are: "
              + new TreeSet<>(DEFAULTS.keySet()));
    }
    return new MicroVmSettings(
        path(settings, "images"),
        text(settings, "qemu"),
        text(settings, "vsock-device"),
        path(settings, "firecracker"),
        path(settings, "jailer"),
        path(settings, "files"),
        text(settings, "erofs"),
        path(settings, "cache"),
        number(settings, "cache-bytes"),
        number(settings, "memory-bytes"),
        (int) number(settings, "cpus"),
        number(settings, "scratch-bytes"),
        number(settings, "translation-bytes"));
  }

  /** What is installed with the shim goes before the distribution's place for it. */
  private static String installed(String name, String otherwise) {
    Path path = Path.of(System.getProperty("cofferdam.home", "/"), name);
    return Files.exists(path) ? path.toString() : otherwise;
  }

  private static String text(Map<String, String> settings, String key) {
    String value = settings.getOrDefault(key, DEFAULTS.getOrDefault(key, ""));
    if (value.isBlank()) {
      throw invalid("the microVM backend's setting `" + key + "` is empty");
    }
    return value;
  }

  private static Path path(Map<String, String> settings, String key) {
    Path path = Path.of(text(settings, key));
    if (!path.isAbsolute()) {
      throw invalid("the microVM backend's setting `" + key + "` is no absolute path: " + path);
    }
    return path;
  }

  private static long number(Map<String, String> settings, String key) {
    String text = text(settings, key);
    if (!text.matches("[1-9][0-9]{0,15}")) {
      throw invalid("the microVM backend's setting `" + key + "` is no number above 0: " + text);
    }
    return Long.parseLong(text);
  }

  private static SandboxException invalid(String message) {
    return new SandboxException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
