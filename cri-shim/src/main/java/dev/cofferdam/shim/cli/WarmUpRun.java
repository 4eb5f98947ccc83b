package dev.cofferdam.shim.cli;

import dev.cofferdam.cri.v1.ListPodSandboxRequest;
import dev.cofferdam.cri.v1.VersionRequest;
import dev.cofferdam.shim.client.CriClient;
import dev.cofferdam.shim.config.Setting;
import dev.cofferdam.shim.config.Settings;
import dev.cofferdam.shim.main.Shim;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Runs a shim before another shim before no containerd, in a folder of its own, and calls it: what
 * is loaded and linked on the way is what the AOT cache of the distribution holds.
 */
final class WarmUpRun {
  /** For the build only, and without picocli, as the service itself ({@link ServiceLine}). */
  static final String COMMAND = "warm-up";

  private static final int CALLS = 200;

  private WarmUpRun() {}

  static void run() throws IOException {
    Path folder = Files.createTempDirectory("cofferdam-warm-up");
    Path outer = folder.resolve("outer");
    Path inner = folder.resolve("inner");
    try (Shim _ = shim(inner, folder.resolve("nobody.sock"));
        Shim _ = shim(outer, socket(inner));
        CriClient client = new CriClient(socket(outer))) {
      for (int i = 0; i < CALLS; i++) {
        refused(() -> client.runtime().version(VersionRequest.getDefaultInstance()));
        refused(() -> client.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()));
      }
    } finally {
      // The keepers, which would outlive this process.
      ProcessHandle.current().descendants().forEach(ProcessHandle::destroy);
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static Path socket(Path folder) {
    return folder.resolve("cri.sock");
  }

  private static Shim shim(Path folder, Path containerd) throws IOException {
    return Shim.start(
        Settings.read(
            Optional.empty(),
            Map.of(
                Setting.SOCKET.key(), socket(folder).toString(),
                Setting.CONTAINERD_SOCKET.key(), containerd.toString(),
                Setting.STATE_FOLDER.key(), folder.resolve("state").toString(),
                Setting.RUN_FOLDER.key(), folder.resolve("run").toString(),
                Setting.METRICS_ADDRESS.key(), "127.0.0.1:0",
                Setting.CHECK_INTERVAL.key(), "",
                Setting.KUBECONFIG.key(), "")));
  }

  private static void refused(Runnable call) {
    try {
      call.run();
    } catch (StatusRuntimeException noContainerd) {
      // What was to be run has run.
    }
  }
}
