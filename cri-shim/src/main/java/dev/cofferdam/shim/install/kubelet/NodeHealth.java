package dev.cofferdam.shim.install.kubelet;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/** Whether the cluster takes this node for ready. */
@FunctionalInterface
public interface NodeHealth {
  /**
   * Why it is not.
   *
   * @param since what kubelet has said before this moment doesn't count
   * @return empty: it is ready
   * @throws IOException when nobody can be asked
   */
  Optional<String> notReady(Instant since) throws IOException;
}
