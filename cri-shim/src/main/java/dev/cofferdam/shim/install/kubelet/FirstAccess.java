package dev.cofferdam.shim.install.kubelet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.cofferdam.shim.install.host.HostFiles;
import java.io.IOException;
import java.util.Base64;

/**
 * The shim's first way to the API server: kubelet's address of it, and a token of the shim's own.
 */
public final class FirstAccess {
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final String NAME = "cofferdam";

  private FirstAccess() {}

  /** A kubeconfig's text, which needs no other file. */
  public static String kubeconfig(Kubelet kubelet, HostFiles files, String token)
      throws IOException {
    String file =
        kubelet
            .flag("kubeconfig")
            .orElseThrow(() -> Kubelet.refused("kubelet runs without --kubeconfig: in no cluster"));
    JsonNode theirs = YAML.readTree(files.at(file).toFile());
    JsonNode context =
        KubeletCredentials.named(theirs, "contexts", theirs.path("current-context").asText());
    JsonNode cluster =
        KubeletCredentials.named(theirs, "clusters", context.path("cluster").asText());
    byte[] authority =
        KubeletCredentials.bytes(
            cluster, "certificate-authority", file.substring(0, file.lastIndexOf('/')), files);
    ObjectNode ours = YAML.createObjectNode();
    ours.put("apiVersion", "v1").put("kind", "Config").put("current-context", NAME);
    entry(ours, "cluster")
        .put("server", cluster.path("server").asText())
        .put("certificate-authority-data", Base64.getEncoder().encodeToString(authority));
    entry(ours, "user").put("token", token);
    entry(ours, "context").put("cluster", NAME).put("user", NAME);
    return YAML.writeValueAsString(ours);
  }

  private static ObjectNode entry(ObjectNode config, String kind) {
    return config.putArray(kind + "s").addObject().put("name", NAME).putObject(kind);
  }
}
