package dev.cofferdam.shim.debug;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Message;
import dev.cofferdam.cri.v1.PodSandboxStatusResponse;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** What the shim itself answers, where it runs; and what its command is. */
public final class CriPages {
  private CriPages() {}

  /** Versions and settings. */
  public static void about(
      Report report, String version, Instant now, Map<String, String> settings) {
    report.add(
        "about.txt",
        () ->
            "cofferdam "
                + version
                + "\njava "
                + Runtime.version()
                + "\nat "
                + now
                + "\nenvironment variables and what is named like a secret are left out\n");
    report.add(
        "settings.txt",
        () ->
            new TreeMap<>(settings)
                .entrySet().stream()
                    .map(each -> each.getKey() + "=" + each.getValue())
                    .collect(Collectors.joining("\n")));
  }

  /** The shim as a whole. */
  public static void shim(Report report, Callable<Message> version, Callable<Message> status) {
    report.add("shim/version.json", () -> page(version.call()));
    report.add("shim/status.json", () -> page(status.call()));
  }

  /** One pod, as the shim knows it. */
  public static void pod(Report report, String id, Callable<PodSandboxStatusResponse> status) {
    report.add(
        "pod-" + id.substring(0, Math.min(13, id.length())) + "/status.json",
        () -> {
          PodSandboxStatusResponse response = status.call();
          ObjectNode page = CriJson.of(response);
          // A JSON text in a string would be hard to read, and to redact.
          JsonNode info = KnownPod.JSON.readTree(response.getInfoOrDefault("info", "{}"));
          page.set("info", info);
          return Redaction.json(page).toPrettyString();
        });
  }

  private static String page(Message message) {
    return Redaction.json(CriJson.of(message)).toPrettyString();
  }
}
