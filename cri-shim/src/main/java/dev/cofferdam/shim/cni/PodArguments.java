package dev.cofferdam.shim.cni;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a plugin is told about the pod beside its configuration.
 *
 * @param cniArgs the value of {@code CNI_ARGS}
 * @param capabilities what {@code runtimeConfig} may hold, by capability
 */
record PodArguments(String cniArgs, ObjectNode capabilities) {
  /** The capability under which containerd passes a pod's annotations. */
  private static final String ANNOTATIONS = "io.kubernetes.cri.pod-annotations";

  private static final Pattern CONTAINER_ID = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.\\-]*");

  /**
   * @throws SandboxException INVALID_ARGUMENT if the pod's data can't be passed on
   */
  static PodArguments of(PodNetwork pod, boolean podAddresses) {
    if (!CONTAINER_ID.matcher(pod.sandboxId()).matches()) {
      throw invalid("\"" + pod.sandboxId() + "\" is not a CNI container ID");
    }
    if (!pod.networkNamespace().isAbsolute()) {
      throw invalid("the network namespace's path is not absolute: " + pod.networkNamespace());
    }
    Map<String, String> args = new LinkedHashMap<>();
    args.put("IgnoreUnknown", "1");
    args.put("K8S_POD_NAMESPACE", pod.namespace());
    args.put("K8S_POD_NAME", pod.podName());
    args.put("K8S_POD_INFRA_CONTAINER_ID", pod.sandboxId());
    args.put("K8S_POD_UID", pod.podUid());
    return new PodArguments(joined(args), capabilities(pod, podAddresses));
  }

  private static String joined(Map<String, String> args) {
    args.forEach(
        (key, value) -> {
          if (value.indexOf(';') >= 0 || value.indexOf('\0') >= 0) {
            throw invalid(key + " must not hold a semicolon: \"" + value + "\"");
          }
        });
    return args.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .collect(Collectors.joining(";"));
  }

  private static ObjectNode capabilities(PodNetwork pod, boolean podAddresses) {
    ObjectNode all = CniJson.MAPPER.createObjectNode();
    ArrayNode ports = CniJson.MAPPER.createArrayNode();
    for (PortMapping port : pod.ports()) {
      if (port.hostPort() > 0) {
        ports
            .addObject()
            .put("hostPort", port.hostPort())
            .put("containerPort", port.containerPort())
            .put("protocol", port.protocol().toLowerCase(Locale.ROOT))
            .put("hostIP", port.hostIp());
      }
    }
    if (!ports.isEmpty()) {
      all.set("portMappings", ports);
    }
    Bandwidth.of(pod.annotations()).ifPresent(rates -> all.set("bandwidth", rates));
    if (!pod.dns().isEmpty()) {
      ObjectNode dns = all.putObject("dns");
      pod.dns().servers().forEach(dns.putArray("servers")::add);
      pod.dns().searches().forEach(dns.putArray("searches")::add);
      pod.dns().options().forEach(dns.putArray("options")::add);
    }
    if (!pod.cgroupParent().isBlank()) {
      all.put("cgroupPath", pod.cgroupParent());
    }
    // Under these names others on the network may find the pod, where a plugin serves names.
    all.putArray("aliases").add(pod.podName()).add(pod.podName() + "." + pod.namespace());
    PodAddresses.put(all, pod.annotations(), podAddresses);
    pod.annotations().forEach(all.putObject(ANNOTATIONS)::put);
    return all;
  }

  private static SandboxException invalid(String why) {
    return new SandboxException(ErrorCode.INVALID_ARGUMENT, why);
  }
}
