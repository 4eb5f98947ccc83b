package dev.cofferdam.microvm.firecracker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** What a real Firecracker 1.17 was asked and answered: 79 exchanges. */
public final class Transcripts {
  static final ObjectMapper JSON = new ObjectMapper();

  private Transcripts() {}

  /** One request with its answer. */
  public record Exchange(
      String session, int number, boolean running, JsonNode request, JsonNode response) {

    public String method() {
      return request.path("method").asText();
    }

    public String path() {
      return request.path("path").asText();
    }

    /** What the request's body is on the wire; blank where it has none. */
    public String body() {
      if (!request.path("raw").isNull()) {
        return request.path("raw").asText();
      }
      return request.path("body").isNull() ? "" : request.path("body").toString();
    }

    public int status() {
      return Integer.parseInt(response.path("status").asText().split(" ", -1)[1]);
    }

    /** The answer as it came over the wire. */
    String wire() {
      StringBuilder text = new StringBuilder(response.path("status").asText()).append("\r\n");
      response
          .path("headers")
          .forEach(
              line -> {
                boolean length = line.asText().startsWith("Content-Length: ");
                // Paths in the recorded bodies were shortened to DIR.
                boolean shorter = length && !response.path("body").isTextual();
                text.append(
                    shorter
                        ? "Content-Length: " + answerBody().getBytes(StandardCharsets.UTF_8).length
                        : line.asText());
                text.append("\r\n");
              });
      text.append("\r\n").append(answerBody());
      return text.toString();
    }

    public String answerBody() {
      JsonNode body = response.path("body");
      return body.isNull() ? "" : body.isTextual() ? body.asText() : body.toString();
    }

    /** Firecracker's own words, where it refused. */
    public String fault() {
      JsonNode body = response.path("body");
      if (body.isTextual()) {
        // Its server answered before the API saw the request, more than once.
        String text = body.asText();
        return text.substring(text.indexOf(": \"") + 3, text.indexOf("\" }"));
      }
      return body.path("fault_message").asText();
    }

    @Override
    public String toString() {
      return session + " " + number + ": " + method() + " " + path();
    }
  }

  public static List<Exchange> all() {
    List<Exchange> exchanges = new ArrayList<>();
    for (String line : lines("transcripts.jsonl")) {
      try {
        JsonNode each = JSON.readTree(line);
        exchanges.add(
            new Exchange(
                each.path("session").asText(),
                each.path("n").asInt(),
                each.path("phase").asText().equals("running"),
                each.path("request"),
                each.path("response")));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return exchanges;
  }

  static List<String> lines(String resource) {
    try (InputStream in = Transcripts.class.getResourceAsStream("/firecracker/" + resource)) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
