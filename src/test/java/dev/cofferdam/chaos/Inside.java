package dev.cofferdam.chaos;

import com.google.protobuf.ByteString;
import dev.cofferdam.cri.v1.ExecSyncRequest;
import dev.cofferdam.cri.v1.ExecSyncResponse;

/** What a container says of itself. */
final class Inside {
  private static final long TIMEOUT_SECONDS = 30;

  private Inside() {}

  /**
   * The token that its start wrote and the start of its first process: another process, or the same
   * container run anew, has others. Blank before the token is there.
   */
  static String identity(Cri cri, ChaosPod pod) {
    ExecSyncResponse answer =
        cri.once()
            .execSync(
                ExecSyncRequest.newBuilder()
                    .setContainerId(pod.containerId)
                    .addCmd("sh")
                    .addCmd("-c")
                    .addCmd("grep . /tmp/token && cut -d' ' -f22 /proc/1/stat")
                    .setTimeout(TIMEOUT_SECONDS)
                    .build());
    return answer.getExitCode() == 0 ? text(answer.getStdout()) : "";
  }

  private static String text(ByteString bytes) {
    return bytes.toStringUtf8().strip();
  }
}
