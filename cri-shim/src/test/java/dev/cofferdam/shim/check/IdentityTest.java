package dev.cofferdam.shim.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.sandbox.SandboxException;
import org.junit.jupiter.api.Test;

class IdentityTest {
  private static final Identity HOST = new Identity("Linux version 6", "boot-of-host", "");

  private static JsonNode wall(String variant) {
    return CheckJson.MAPPER.createObjectNode().put("variant", variant);
  }

  @Test
  void parse_takesWhatTheCanaryTells() {
    assertEquals(
        new Identity("Linux version 4", "b", "<6>one\n<6>two"),
        Identity.parse("version: Linux version 4\nboot-id: b\nlog: <6>one\nlog: <6>two\n"));
    assertEquals(new Identity("", "", ""), Identity.parse("something else"));
  }

  @Test
  void otherKernel_isEvidence() {
    Identity inside = new Identity("Linux version 4", "", "");
    assertEquals("Linux version 4", inside.evidence(HOST, wall("systrap"), "systrap"));
  }

  @Test
  void sameKernelOfAnotherBoot_isEvidence() {
    Identity inside = new Identity("Linux version 6", "boot-of-guest", "");
    assertEquals("Linux version 6", inside.evidence(HOST, wall("qemu"), "qemu-emulated"));
  }

  @Test
  void nodesOwnKernel_isRefused() {
    refused(HOST, wall("systrap"), "the node's own kernel");
    refused(new Identity("Linux version 7", "boot-of-host", ""), wall("systrap"), "own boot ID");
    refused(new Identity("", "", ""), wall("systrap"), "own kernel");
  }

  @Test
  void wallThatDoesNotAnswerOrIsAnother_isRefused() {
    Identity inside = new Identity("Linux version 4", "", "");
    refused(inside, wall("ptrace"), "does not answer as systrap");
    refused(inside, CheckJson.MAPPER.createObjectNode().put("error", "gone"), "gone");
  }

  private static void refused(Identity inside, JsonNode wall, String why) {
    SandboxException e =
        assertThrows(SandboxException.class, () -> inside.evidence(HOST, wall, "systrap"));
    assertTrue(String.valueOf(e.getMessage()).contains(why), e.getMessage());
  }
}
