package dev.cofferdam.shim.debug;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.LinuxContainerResources;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A pod as its records tell, which are read and never touched: a report must not repair anything.
 *
 * @param record with CRI's messages in words
 * @param containers their records, by folder
 */
record KnownPod(String id, Path folder, ObjectNode record, List<KnownContainer> containers) {
  static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String FILE = "record.json";

  /** A container of the pod. */
  record KnownContainer(String id, Path folder, ObjectNode record) {
    String name() {
      return record.path("config").path("metadata").path("name").asText("unnamed");
    }
  }

  /**
   * The pods that a person may mean.
   *
   * @param pod an ID, the beginning of one, a name, or {@code namespace/name}
   */
  static List<KnownPod> find(Path state, String pod) throws IOException {
    List<KnownPod> found = new ArrayList<>();
    for (Path folder : folders(state.resolve("sandboxes"))) {
      String id = String.valueOf(folder.getFileName());
      ObjectNode record = record(folder, "config", PodSandboxConfig.parser());
      JsonNode metadata = record.path("config").path("metadata");
      String name = metadata.path("name").asText("");
      String full = metadata.path("namespace").asText("") + "/" + name;
      if (id.startsWith(pod) || name.equals(pod) || full.equals(pod)) {
        found.add(new KnownPod(id, folder, record, containers(state, id)));
      }
    }
    return found;
  }

  private static List<KnownContainer> containers(Path state, String sandboxId) throws IOException {
    List<KnownContainer> found = new ArrayList<>();
    for (Path folder : folders(state.resolve("containers"))) {
      ObjectNode record = record(folder, "config", ContainerConfig.parser());
      if (record.path("sandboxId").asText("").equals(sandboxId)) {
        inWords(record, "resources", LinuxContainerResources.parser());
        found.add(new KnownContainer(String.valueOf(folder.getFileName()), folder, record));
      }
    }
    return found;
  }

  private static List<Path> folders(Path parent) throws IOException {
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(parent)) {
      return children.filter(Files::isDirectory).sorted().toList();
    }
  }

  private static ObjectNode record(Path folder, String message, Parser<? extends Message> parser) {
    try {
      if (JSON.readTree(Files.readAllBytes(folder.resolve(FILE))) instanceof ObjectNode record) {
        inWords(record, message, parser);
        return record;
      }
      return JSON.createObjectNode().put("unreadable", "it is no JSON object");
    } catch (IOException e) {
      return JSON.createObjectNode().put("unreadable", String.valueOf(e.getMessage()));
    }
  }

  /** What is on disk in CRI's own encoding would hide values from the redaction. */
  private static void inWords(ObjectNode record, String field, Parser<? extends Message> parser) {
    if (!record.has(field)) {
      return;
    }
    try {
      record.set(field, CriJson.of(parser.parseFrom(record.path(field).binaryValue())));
    } catch (InvalidProtocolBufferException e) {
      record.put(field, "unreadable: " + e.getMessage());
    } catch (IOException e) {
      record.put(field, "unreadable: it is no base64");
    }
  }
}
