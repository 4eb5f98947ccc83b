package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** {@code cofferdam check} on a node, as a person and as a program see it. */
@EndToEnd
class CheckTest {
  /** Each shim's has a tag of its own. */
  private static final String REPOSITORY = "cofferdam.dev/canary";

  private static final String IDS = "crictl images | awk '$1 == \"" + REPOSITORY + "\" {print $3}'";

  private final Lab lab;

  CheckTest(Lab lab) {
    this.lab = lab;
  }

  @Test
  void wallThatWorks_isInTheTableAndTheJson_andTheExitStatusIsZero() throws IOException {
    Result table = check("gvisor/systrap");
    assertEquals(0, table.exitCode(), table.err());
    assertTrue(table.out().contains("gvisor/systrap"), table.out());
    Result json = check("gvisor/systrap", "--output", "json");
    assertEquals(0, json.exitCode(), json.err());
    JsonNode finding = finding(json);
    assertTrue(finding.path("works").asBoolean(), json.out());
    assertTrue(finding.path("message").asText().contains("gvisor"), json.out());
  }

  @Test
  void nodeWithoutAnyWallOfThoseAsked_saysWhyAndTheExitStatusIsOne() throws IOException {
    Result json = check("microvm/firecracker", "--output", "json");
    assertEquals(1, json.exitCode(), json.out());
    assertFalse(finding(json).path("works").asBoolean());
    assertFalse(finding(json).path("message").asText().isEmpty());
  }

  /** Somebody who cleans up images takes the canary's while a check needs it. */
  @Test
  @EnabledIfSystemProperty(named = "cofferdam.long", matches = "true") // a minute
  void canaryImageThatIsTakenAway_isTheFinding_andTheNextCheckHasItAgain() throws IOException {
    Process cleaner =
        lab.shell()
            .start("sh", "-c", "while :; do crictl rmi $(" + IDS + ") > /dev/null 2>&1; done");
    try {
      Result json = check("gvisor/systrap", "--output", "json");
      assertEquals(1, json.exitCode(), json.out());
      assertTrue((json.out() + json.err()).contains(REPOSITORY), json.out() + json.err());
    } finally {
      cleaner.descendants().forEach(ProcessHandle::destroyForcibly);
      cleaner.destroyForcibly();
    }
    assertEquals(0, check("gvisor/systrap").exitCode());
    assertEquals("", lab.shell().run("sh", "-c", IDS).orThrow().out(), "left behind");
  }

  private Result check(String... arguments) {
    List<String> command = new ArrayList<>(List.of("cofferdam", "check", "--no-overhead"));
    command.addAll(List.of(arguments));
    return lab.shell().run(Duration.ofMinutes(3), "", command);
  }

  private static JsonNode finding(Result json) throws IOException {
    return new ObjectMapper().readTree(json.out()).at("/findings/0");
  }
}
