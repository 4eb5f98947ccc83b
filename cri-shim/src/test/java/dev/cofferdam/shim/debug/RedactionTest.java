package dev.cofferdam.shim.debug;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"env\": [\"NAME=hunter2\"]}",
        "{\"process\": {\"environment\": [\"NAME=hunter2\\nhunter2\"]}}",
        "{\"envs\": [{\"key\": \"NAME\", \"value\": \"hunter2\"}]}",
        "{\"password\": \"hunter2\"}",
        "{\"args\": [\"run\", \"--db-password=hunter2\"]}",
        "{\"args\": [\"run\", \"--token\", \"hunter2\"]}",
        "{\"annotations\": {\"kubectl.kubernetes.io/last-applied-configuration\": \"hunter2\"}}",
        "{\"proxy\": \"http://me:hunter2@proxy/\"}",
      })
  void json_withASecret_loosesIt(String json) throws Exception {
    String redacted = Redaction.json(KnownPod.JSON.readTree(json)).toString();
    assertFalse(redacted.contains("hunter2"), redacted);
  }

  @Test
  void json_withoutSecrets_staysAsItIs() throws Exception {
    String json = "{\"id\":\"abc\",\"n\":[1,true,null,\"x\"],\"mounts\":[{\"path\":\"/a\"}]}";
    assertEquals(json, Redaction.json(KnownPod.JSON.readTree(json)).toString());
  }

  @Test
  void json_ofVariables_keepsTheirNames() throws Exception {
    String redacted =
        Redaction.json(KnownPod.JSON.readTree("{\"env\": [\"PATH=/bin\"]}")).toString();
    assertTrue(redacted.contains("PATH="), redacted);
  }

  @Test
  void text_ofARunscDebugLog_hasNoVariables() {
    String text =
        Redaction.text("starting\nSpec: {\"env\":[\"A=hunter2\"]}\nAPI_TOKEN=hunter2 x\n");
    assertFalse(text.contains("hunter2"), text);
    assertTrue(text.startsWith("starting\n"), text);
  }
}
