package dev.cofferdam.shim.cni;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The plugin programs and how one is called: environment, configuration, answer. */
final class Plugins {
  static final String INTERFACE = "eth0";

  private static final Logger LOG = LoggerFactory.getLogger(Plugins.class);

  private final CniSettings settings;

  /** Plugins that broke down over CHECK, each told of once. */
  private final Set<String> brokenDown = ConcurrentHashMap.newKeySet();

  Plugins(CniSettings settings) {
    this.settings = settings;
  }

  /** The commands that concern one attachment. */
  enum Command {
    ADD,
    DEL,
    CHECK
  }

  /** Runs one plugin for one attachment; returns what it printed. */
  String run(
      Command command,
      ObjectNode plugin,
      CachedAttachment attachment,
      Optional<PluginResult> previous,
      Deadline deadline) {
    PluginRun run = call(command, plugin, attachment, previous, deadline);
    if (run.exitCode() != 0) {
      throw failed(command.name(), plugin, run);
    }
    return run.output();
  }

  /**
   * Asks a plugin whether an attachment is as it should be. One that breaks down over the question
   * has not said no: {@code bandwidth} 1.1.1 does for every pod without a limit, and nobody else
   * asks.
   *
   * @param now what the plugin is told to find
   * @throws SandboxException PROGRAM_FAILED with its objection
   */
  void check(
      ObjectNode plugin,
      CachedAttachment attachment,
      Optional<PluginResult> now,
      Deadline deadline) {
    PluginRun run = call(Command.CHECK, plugin, attachment, now, deadline);
    if (run.exitCode() == 0) {
      return;
    }
    SandboxException failure = failed(Command.CHECK.name(), plugin, run);
    if (PluginFailure.parse(run.output()).isPresent()) {
      throw failure;
    }
    if (brokenDown.add(NetworkList.type(plugin))) {
      LOG.info("{}; what it looks after is not checked", failure.getMessage());
    }
  }

  private PluginRun call(
      Command command,
      ObjectNode plugin,
      CachedAttachment attachment,
      Optional<PluginResult> previous,
      Deadline deadline) {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("CNI_COMMAND", command.name());
    environment.put("CNI_CONTAINERID", attachment.sandboxId());
    environment.put("CNI_NETNS", attachment.networkNamespace());
    environment.put("CNI_IFNAME", INTERFACE);
    environment.put("CNI_ARGS", attachment.arguments().cniArgs());
    ObjectNode config = configuration(attachment.network(), plugin);
    ObjectNode runtime = runtimeConfig(plugin, attachment.arguments());
    if (!runtime.isEmpty()) {
      config.set("runtimeConfig", runtime);
    }
    previous.ifPresent(result -> config.set("prevResult", result.json()));
    return execute(plugin, environment, config, deadline);
  }

  /** Asks a plugin of CNI 1.1 whether it can add; one that doesn't know the question can. */
  void status(NetworkList network, ObjectNode plugin, Deadline deadline) {
    runForNetwork("STATUS", plugin, configuration(network, plugin), deadline);
  }

  /**
   * Tells all plugins of a network of CNI 1.1 which attachments there are: they delete all others.
   *
   * @throws SandboxException with what the first one that failed said
   */
  void collectGarbage(NetworkList network, Set<AttachmentId> valid, Deadline deadline) {
    List<SandboxException> failures = new ArrayList<>();
    for (ObjectNode plugin : network.plugins()) {
      try {
        collectGarbage(network, plugin, valid, deadline);
      } catch (SandboxException e) {
        failures.add(e);
      }
    }
    if (!failures.isEmpty()) {
      SandboxException first = failures.getFirst();
      failures.stream().skip(1).forEach(first::addSuppressed);
      throw first;
    }
  }

  private void collectGarbage(
      NetworkList network, ObjectNode plugin, Set<AttachmentId> valid, Deadline deadline) {
    ObjectNode config = configuration(network, plugin);
    ArrayNode attachments = CniJson.MAPPER.createArrayNode();
    for (AttachmentId id : valid) {
      attachments
          .addObject()
          .put("containerID", id.containerId())
          .put("ifname", id.interfaceName());
    }
    config.set("cni.dev/valid-attachments", attachments);
    // What an earlier text of the specification called it; plugins read either (cni issue 1101).
    config.set("cni.dev/attachments", attachments);
    runForNetwork("GC", plugin, config, deadline);
  }

  private void runForNetwork(
      String command, ObjectNode plugin, ObjectNode config, Deadline deadline) {
    PluginRun run =
        execute(plugin, new LinkedHashMap<>(Map.of("CNI_COMMAND", command)), config, deadline);
    boolean unknown =
        PluginFailure.parse(run.output()).map(PluginFailure::commandUnknown).orElse(false);
    if (run.exitCode() != 0 && !unknown) {
      throw failed(command, plugin, run);
    }
  }

  /** The program of a plugin. */
  Path program(ObjectNode plugin) {
    String type = NetworkList.type(plugin);
    return settings.binDirs().stream()
        .map(directory -> directory.resolve(type))
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(
            () ->
                new SandboxException(
                    ErrorCode.PROGRAM_MISSING,
                    "CNI plugin " + type + " is in none of " + settings.binDirs()));
  }

  private PluginRun execute(
      ObjectNode plugin, Map<String, String> environment, ObjectNode config, Deadline deadline) {
    Path program = program(plugin);
    environment.put(
        "CNI_PATH",
        settings.binDirs().stream().map(Path::toString).collect(Collectors.joining(":")));
    return PluginRun.execute(
        program, environment, CniJson.bytes(config), deadline.atMost(settings.pluginTimeout()));
  }

  private static ObjectNode configuration(NetworkList network, ObjectNode plugin) {
    ObjectNode config = plugin.deepCopy();
    config.put("name", network.name());
    config.put("cniVersion", network.version().toString());
    return config;
  }

  /** A plugin is told only what it says it can use (CNI conventions, "capabilities"). */
  private static ObjectNode runtimeConfig(ObjectNode plugin, PodArguments arguments) {
    ObjectNode runtime = CniJson.MAPPER.createObjectNode();
    plugin
        .path("capabilities")
        .forEachEntry(
            (capability, wanted) -> {
              if (wanted.asBoolean(false) && arguments.capabilities().has(capability)) {
                runtime.set(capability, arguments.capabilities().get(capability));
              }
            });
    return runtime;
  }

  private static SandboxException failed(String command, ObjectNode plugin, PluginRun run) {
    String what = "CNI plugin " + NetworkList.type(plugin) + " failed on " + command + ": ";
    Optional<PluginFailure> account = PluginFailure.parse(run.output());
    if (account.isPresent()) {
      ErrorCode code =
          account.get().worthRepeating() ? ErrorCode.UNAVAILABLE : ErrorCode.PROGRAM_FAILED;
      return new SandboxException(code, what + account.get());
    }
    String said = run.errorOutput().isEmpty() ? "it said nothing" : run.errorOutput();
    return new SandboxException(
        ErrorCode.PROGRAM_FAILED,
        what + "exit code " + run.exitCode() + "; " + PluginFailure.shortened(said));
  }

  static PluginResult result(ObjectNode plugin, NetworkList network, String output) {
    try {
      return PluginResult.parse(output, network.version());
    } catch (IOException | SandboxException e) {
      throw new SandboxException(
          ErrorCode.PROGRAM_FAILED,
          "CNI plugin " + NetworkList.type(plugin) + ": " + e.getMessage(),
          e);
    }
  }
}
