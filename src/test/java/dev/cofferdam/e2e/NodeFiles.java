package dev.cofferdam.e2e;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import dev.cofferdam.lab.VmNode;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/** What an installation could leave on a lab's node. */
final class NodeFiles {
  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  private static final String SCRIPT =
      """
      ls -A /opt
      for place in /etc /opt/cofferdam /run/cofferdam /run/cofferdam-install.lock /var/lib/cofferdam "$0"; do
        [ -e "$place" ] && find "$place" -printf '%p %y %m %l\\n'
      done | sort
      find /etc "$0" -type f -print0 | sort -z | xargs -0 sha256sum
      """;

  private NodeFiles() {}

  /** Every file of the lab's node that it could touch: type, mode, content. */
  static List<String> of(Lab lab) {
    return lines(
        lab.shell().run(TIMEOUT, "", List.of("sh", "-c", SCRIPT, lab.kubeletConfig().toString())));
  }

  /** The same of the lab's virtual machine. */
  static List<String> of(VmNode machine) {
    return lines(machine.program(TIMEOUT, List.of("sh", "-c", SCRIPT, VmNode.KUBELET_CONFIG)));
  }

  private static List<String> lines(Result result) {
    return result.orThrow().out().lines().toList();
  }

  /** kubelet removes a stopped pod's sandbox a while after the pod is gone. */
  static void awaitNoSandbox(Lab lab, String pod) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(3))
        .until(
            () ->
                lab.shell()
                    .run(
                        "sh",
                        "-c",
                        "crictl pods -q --state NotReady --namespace default | xargs -r crictl rmp; crictl pods -o json")
                    .out(),
            pods -> !pods.contains("\"" + pod + "\""));
  }
}
