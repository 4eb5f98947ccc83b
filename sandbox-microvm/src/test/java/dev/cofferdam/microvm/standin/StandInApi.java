package dev.cofferdam.microvm.standin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.microvm.firecracker.Transcripts;
import dev.cofferdam.microvm.firecracker.Transcripts.Exchange;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Firecracker's API. A request that the real one was recorded to refuse is refused in the same
 * words; the rest is taken, and shows in what can be asked.
 */
public final class StandInApi {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String VERSION = "1.17.0-dev";

  /** Those whose answer depends on what came before: rules of their own below. */
  private static final Set<String> BY_RULE = Set.of("PUT /actions", "GET /balloon");

  private static final List<String> ONLY_BEFORE =
      List.of("/machine-config", "/boot-source", "/vsock", "/logger", "/metrics", "/entropy");

  /** An answer; the body is blank where there is none. */
  public record Answer(int status, String body) {}

  private final String id;
  private final boolean pci;
  private final Behind behind;
  private final Map<String, Exchange> refusals = new HashMap<>();
  private final Map<String, JsonNode> put = new LinkedHashMap<>();
  private String state = "Not started";

  public StandInApi(String id, boolean pci, Behind behind) {
    this.id = id;
    this.pci = pci;
    this.behind = behind;
    for (Exchange each : Transcripts.all()) {
      if (each.status() >= 400 && !BY_RULE.contains(each.method() + " " + each.path())) {
        refusals.put(key(each.running(), each.method(), each.path(), each.body()), each);
      }
    }
  }

  private static String key(boolean running, String method, String path, String body) {
    return running + " " + method + " " + path + " " + normal(body);
  }

  /** The same content, the same text. */
  private static String normal(String body) {
    try {
      JsonNode parsed = JSON.readTree(body);
      return parsed.isMissingNode()
          ? ""
          : JSON.writeValueAsString(JSON.treeToValue(parsed, TreeMap.class));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return body;
    }
  }

  /** Answers a request. */
  public synchronized Answer answer(String method, String path, String body) {
    Exchange recorded = refusals.get(key(running(), method, path, body));
    if (recorded != null && !(pci && recorded.fault().contains("PCI"))) {
      return new Answer(recorded.status(), recorded.answerBody());
    }
    JsonNode content;
    try {
      content = body.isBlank() ? JSON.nullNode() : JSON.readTree(body);
    } catch (JsonProcessingException e) {
      return refused("An error occurred when deserializing the json body of a request: " + e);
    }
    return switch (method) {
      case "GET" -> get(path);
      case "PUT" -> put(path, content);
      case "PATCH" -> patch(path, content);
      case "DELETE" -> delete(path);
      default -> refused("Invalid request method and/or path: " + method + " " + path);
    };
  }

  private boolean running() {
    return !state.equals("Not started");
  }

  private static Answer refused(String message) {
    return new Answer(400, JSON.createObjectNode().put("fault_message", message).toString());
  }

  private static final Answer DONE = new Answer(204, "");

  private Answer get(String path) {
    return switch (path) {
      case "/" ->
          found(
              JSON.createObjectNode()
                  .put("id", id)
                  .put("state", state)
                  .put("vmm_version", VERSION)
                  .put("app_name", "Firecracker"));
      case "/version" -> found(JSON.createObjectNode().put("firecracker_version", VERSION));
      case "/machine-config" -> found(machine());
      case "/vm/config" -> found(configuration());
      case "/balloon" ->
          put.containsKey(path)
              ? found(balloon())
              : refused("Balloon config error: No balloon device found.");
      case "/balloon/statistics" ->
          found(
              JSON.createObjectNode()
                  .put("target_pages", 0)
                  .put("actual_pages", 0)
                  .put("target_mib", 0)
                  .put("actual_mib", 0));
      default -> refused("Invalid request method and/or path: GET " + path.substring(1) + ".");
    };
  }

  private static Answer found(JsonNode body) {
    return new Answer(200, body.toString());
  }

  private Answer put(String path, JsonNode body) {
    if (running() && ONLY_BEFORE.contains(path)) {
      return refused("The requested operation is not supported after starting the microVM.");
    }
    if (path.equals("/actions")) {
      return act(body.path("action_type").asText());
    }
    if (path.equals("/snapshot/load")) {
      loaded();
      return DONE;
    }
    if (path.equals("/snapshot/create")) {
      return DONE;
    }
    if (path.equals("/boot-source") && !behind.exists(body.path("kernel_image_path").asText())) {
      return refused(
          "Boot source error: The kernel file cannot be opened: No such file or directory (os"
              + " error 2)");
    }
    if (path.startsWith("/drives/") && !behind.exists(body.path("path_on_host").asText())) {
      return refused(
          "Drive config error: Unable to create the virtio block device: Virtio backend error:"
              + " Error manipulating the backing file: No such file or directory (os error 2) "
              + body.path("path_on_host").asText());
    }
    put.put(path, body);
    return DONE;
  }

  /** As the recorded snapshot was: that of session `happy`, after its drive was changed. */
  private void loaded() {
    for (Exchange each : Transcripts.all()) {
      boolean configured = each.session().equals("happy") && each.method().equals("PUT");
      if (configured && !each.running() && each.status() < 300 && !each.path().equals("/actions")) {
        put.put(each.path(), each.request().path("body"));
      }
    }
    ObjectNode drive = Objects.requireNonNull(put.get("/drives/s0")).deepCopy();
    put.put("/drives/s0", drive.put("path_on_host", "s2"));
    state = "Running";
  }

  private Answer act(String action) {
    if (action.equals("InstanceStart")) {
      if (running()) {
        return refused("The requested operation is not supported after starting the microVM.");
      }
      if (!put.containsKey("/boot-source")) {
        return refused("Start microvm error: Cannot start microvm without kernel configuration.");
      }
      behind.start(Map.copyOf(put));
      state = "Running";
      return DONE;
    }
    if (action.equals("FlushMetrics") || action.equals("SendCtrlAltDel")) {
      return DONE;
    }
    return refused(
        "An error occurred when deserializing the json body of a request: unknown variant `"
            + action
            + "`, expected one of `FlushMetrics`, `InstanceStart`, `SendCtrlAltDel` at line 1"
            + " column 23.");
  }

  private Answer patch(String path, JsonNode body) {
    if (path.equals("/machine-config")) {
      ObjectNode merged = machine();
      merged.setAll((ObjectNode) body);
      put.put(path, merged);
      return DONE;
    }
    if (!running()) {
      return refused("The requested operation is not supported before starting the microVM.");
    }
    if (path.equals("/vm")) {
      boolean pause = body.path("state").asText().equals("Paused");
      if (pause) {
        behind.pause();
      } else {
        behind.resume();
      }
      state = pause ? "Paused" : "Running";
      return DONE;
    }
    if (path.startsWith("/drives/")) {
      return patchDrive(path, body);
    }
    return DONE;
  }

  private Answer patchDrive(String path, JsonNode body) {
    String prefix = "Drive config error: Unable to patch the block device: ";
    JsonNode known = put.get(path);
    if (known == null) {
      return refused(
          prefix
              + "Failed perform action on device: Device not found Please verify the request"
              + " arguments.");
    }
    String file = body.path("path_on_host").asText();
    if (!behind.exists(file)) {
      return refused(
          prefix
              + "Block: Virtio backend error: Error manipulating the backing file: No such file or"
              + " directory (os error 2) "
              + file
              + " Please verify the request arguments.");
    }
    behind.changeDrive(body.path("drive_id").asText(), file);
    put.put(path, known.<ObjectNode>deepCopy().put("path_on_host", file));
    return DONE;
  }

  private Answer delete(String path) {
    if (!running()) {
      return refused("The requested operation is not supported before starting the microVM.");
    }
    return put.remove(path) == null ? refused("Device not found") : DONE;
  }

  private ObjectNode machine() {
    ObjectNode machine =
        JSON.createObjectNode()
            .put("vcpu_count", 1)
            .put("mem_size_mib", 128)
            .put("smt", false)
            .put("track_dirty_pages", false)
            .put("huge_pages", "None");
    overlay(machine, "/machine-config");
    return machine;
  }

  private ObjectNode balloon() {
    ObjectNode balloon =
        JSON.createObjectNode()
            .put("amount_mib", 0)
            .put("deflate_on_oom", false)
            .put("stats_polling_interval_s", 0)
            .put("free_page_hinting", false)
            .put("free_page_reporting", false);
    overlay(balloon, "/balloon");
    return balloon;
  }

  private void overlay(ObjectNode defaults, String path) {
    if (put.get(path) instanceof ObjectNode given) {
      given.properties().forEach(each -> defaults.set(each.getKey(), each.getValue()));
    }
  }

  private ObjectNode configuration() {
    ObjectNode all = JSON.createObjectNode();
    all.set("balloon", put.containsKey("/balloon") ? balloon() : JSON.nullNode());
    ArrayNode drives = all.putArray("drives");
    each("/drives/")
        .forEach(
            path -> {
              ObjectNode drive =
                  JSON.createObjectNode()
                      .putNull("drive_id")
                      .putNull("partuuid")
                      .put("is_root_device", false)
                      .put("cache_type", "Unsafe")
                      .put("is_read_only", false)
                      .putNull("path_on_host")
                      .putNull("rate_limiter")
                      .put("io_engine", "Sync")
                      .putNull("socket");
              overlay(drive, path);
              drives.add(drive);
            });
    ObjectNode boot =
        JSON.createObjectNode()
            .put("kernel_image_path", "")
            .putNull("initrd_path")
            .putNull("boot_args");
    overlay(boot, "/boot-source");
    all.set("boot-source", boot);
    all.putNull("cpu-config").putNull("logger");
    all.set("machine-config", machine());
    all.putNull("metrics");
    all.set("mmds-config", metadata());
    ArrayNode networks = all.putArray("network-interfaces");
    each("/network-interfaces/")
        .forEach(
            path -> {
              ObjectNode network =
                  JSON.createObjectNode()
                      .putNull("iface_id")
                      .putNull("host_dev_name")
                      .putNull("guest_mac")
                      .putNull("mtu")
                      .putNull("rx_rate_limiter")
                      .putNull("tx_rate_limiter");
              overlay(network, path);
              networks.add(network);
            });
    all.set("vsock", put.getOrDefault("/vsock", JSON.nullNode()));
    all.set(
        "entropy",
        put.containsKey("/entropy")
            ? JSON.createObjectNode().putNull("rate_limiter")
            : JSON.nullNode());
    all.putArray("pmem");
    all.putNull("memory-hotplug");
    return all;
  }

  private JsonNode metadata() {
    if (!put.containsKey("/mmds/config")) {
      return JSON.nullNode();
    }
    ObjectNode metadata =
        JSON.createObjectNode()
            .put("version", "V1")
            .putNull("network_interfaces")
            .put("ipv4_address", "169.254.169.254")
            .put("imds_compat", false);
    overlay(metadata, "/mmds/config");
    return metadata;
  }

  private List<String> each(String prefix) {
    return put.keySet().stream().filter(path -> path.startsWith(prefix)).toList();
  }
}
