package dev.cofferdam.gvisor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What runsc said: its {@code --log} file, one JSON object a line, and its standard output and
 * error where these are not the container's.
 */
record CommandLog(Path log, Path output) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** As much as helps in an error message; a file may be of any size. */
  private static final int TAIL_BYTES = 2048;

  private static final int TAIL_LINES = 5;

  /** The last lines of both files, in one line of text; blank when there are none. */
  String words() {
    List<String> lines = new ArrayList<>();
    for (String line : tail(log)) {
      lines.add(message(line));
    }
    for (String line : tail(output)) {
      if (!lines.contains(line)) {
        lines.add(line);
      }
    }
    return String.join("; ", lines);
  }

  private static String message(String line) {
    try {
      JsonNode message = JSON.readTree(line).path("msg");
      return message.isTextual() ? message.textValue() : line;
    } catch (JsonProcessingException e) {
      return line; // cut off at its head, or not runsc's
    }
  }

  private static List<String> tail(Path file) {
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      in.seek(Math.max(0, in.length() - TAIL_BYTES));
      byte[] bytes = new byte[(int) Math.min(TAIL_BYTES, in.length() - in.getFilePointer())];
      in.readFully(bytes);
      List<String> lines =
          new String(bytes, StandardCharsets.UTF_8).lines().filter(l -> !l.isBlank()).toList();
      return lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size());
    } catch (IOException e) {
      return List.of(); // never written
    }
  }
}
