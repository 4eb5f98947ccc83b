package dev.cofferdam.shim.install.kubelet;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.cofferdam.shim.install.host.HostFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Pods that kubelet runs because a file says so: the only ones that can be ordered of it without
 * rights in the cluster.
 */
public final class StaticPods {
  public static final String NAMESPACE = "kube-system";
  public static final String CANARY = "cofferdam-canary";

  private StaticPods() {}

  /** The folder of the files; empty: this kubelet reads none. */
  public static Optional<String> folder(Kubelet kubelet, HostFiles files) throws IOException {
    Optional<String> flag = kubelet.flag("pod-manifest-path");
    if (flag.isPresent()) {
      return flag;
    }
    List<String> configs = new ArrayList<>(kubelet.flag("config").stream().toList());
    for (String dropIns : kubelet.flag("config-dir").stream().toList()) {
      files.names(dropIns).stream()
          .filter(name -> name.endsWith(".conf"))
          .forEach(name -> configs.add(dropIns + "/" + name));
    }
    String folder = "";
    for (String config : configs) {
      String set =
          new YAMLMapper().readTree(files.text(config).orElse("")).path("staticPodPath").asText();
      folder = set.isEmpty() ? folder : set; // the last one counts
    }
    return Optional.of(folder).filter(path -> !path.isEmpty() && files.exists(path));
  }

  /** A pod of one container that does nothing, and asks nothing that a strict cluster refuses. */
  public static String canary(String image) {
    return """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s, namespace: %s}
        spec:
          terminationGracePeriodSeconds: 1
          automountServiceAccountToken: false
          securityContext: {runAsNonRoot: true, runAsUser: 65534, seccompProfile: {type: RuntimeDefault}}
          containers:
          - name: canary
            image: "%s"
            imagePullPolicy: Never
            securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
        """
        .formatted(CANARY, NAMESPACE, image);
  }
}
