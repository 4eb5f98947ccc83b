package dev.cofferdam.shim.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class NetworkListTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"cniVersion\": \"1.0.0\", \"plugins\": [{\"type\": \"a\"}]}",
        "{\"cniVersion\": \"1.0.0\", \"name\": \"../n\", \"plugins\": [{\"type\": \"a\"}]}",
        "{\"cniVersion\": \"1.0.0\", \"name\": \"n\"}",
        "{\"cniVersion\": \"1.0.0\", \"name\": \"n\", \"plugins\": []}",
        "{\"cniVersion\": \"1.0.0\", \"name\": \"n\", \"plugins\": [1]}",
        "{\"cniVersion\": \"1.0.0\", \"name\": \"n\", \"plugins\": [{}]}",
        "{\"cniVersion\": \"1.0.0\", \"name\": \"n\", \"plugins\": [{\"type\": \"../../bin/sh\"}]}",
        "{\"cniVersion\": \"0.2.0\", \"name\": \"n\", \"plugins\": [{\"type\": \"a\"}]}",
        "{\"cniVersion\": \"2.0.0\", \"name\": \"n\", \"plugins\": [{\"type\": \"a\"}]}",
        "{\"cniVersion\": \"one\", \"name\": \"n\", \"plugins\": [{\"type\": \"a\"}]}",
        "{\"name\": \"n\", \"plugins\": [{\"type\": \"a\"}]}"
      })
  void fromList_broken_isRefused(String text) {
    assertThrows(SandboxException.class, () -> NetworkList.fromList(CniJson.object(text)));
  }

  @Test
  void fromList_severalVersions_newestThatWeSpeak() throws IOException {
    NetworkList list =
        NetworkList.fromList(
            CniJson.object(
                """
                {"cniVersion": "0.4.0", "cniVersions": ["1.1.0", "1.0.0", "9.9.9"], "name": "n",
                 "disableCheck": "true", "plugins": [{"type": "a", "rate": 1.50, "big": 12345678901234567890}]}
                """));
    assertEquals(new CniVersion(1, 1, 0), list.version());
    assertTrue(list.disableCheck());
    assertTrue(list.plugins().getFirst().toString().contains("1.5"));
    assertTrue(list.plugins().getFirst().toString().contains("12345678901234567890"));
  }

  @ParameterizedTest
  @CsvSource({"1.0.0,0.4.0", "0.3.1,1.1.0", "1.1.0,1.0.0", "0.4.0,0.3.1"})
  void result_ofAnotherVersion_isConverted(String said, String wanted) throws IOException {
    String text =
        """
        {"cniVersion": "%s", "ips": [{"version": "4", "address": "10.0.0.1/8"}, {"address": "fd00::1/64"}]}
        """
            .formatted(said);
    PluginResult result = PluginResult.parse(text, CniVersion.parse(wanted));
    assertEquals(List.of("10.0.0.1", "fd00::1"), result.ips("eth0"));
    assertEquals(wanted, result.json().path("cniVersion").asText());
    boolean old = wanted.startsWith("0.");
    assertEquals(old, result.json().at("/ips/0").has("version"));
    assertEquals(old ? "6" : "", result.json().at("/ips/1/version").asText(""));
  }

  @Test
  void ips_ofOtherInterfaces_areNotThePods() throws IOException {
    PluginResult result =
        PluginResult.parse(
            """
            {"interfaces": [{"name": "eth0"}, {"name": "eth0", "sandbox": "/n"}, {"name": "net1", "sandbox": "/n"}],
             "ips": [{"interface": 0, "address": "10.0.0.1/8"}, {"interface": 2, "address": "10.0.0.2/8"},
                     {"interface": 9, "address": "10.0.0.3/8"}, {"interface": 1, "address": "10.0.0.4/8"}]}
            """,
            CniVersion.NEWEST);
    assertEquals(List.of("10.0.0.4"), result.ips("eth0"));
  }

  @ParameterizedTest
  @CsvSource({
    "10M,10000000",
    "1k,1000",
    "1Gi,1073741824",
    "1500,1500",
    "1.5k,1500",
    "1e6,1000000",
    "1P,1000000000000000"
  })
  void bandwidth_quantity_isBitsPerSecond(String text, long bits) {
    var rates = Bandwidth.of(Map.of(Bandwidth.INGRESS, text)).orElseThrow();
    assertEquals(bits, rates.path("ingressRate").asLong());
    assertEquals(4294967295L, rates.path("ingressBurst").asLong());
    assertFalse(rates.has("egressRate"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "network.cofferdam.dev/ips|",
        "network.cofferdam.dev/ips|10.0.0.1/33",
        "network.cofferdam.dev/ips|10.0.0.1/x",
        "network.cofferdam.dev/ips|10.0.0.1,",
        "network.cofferdam.dev/ips|host.example",
        "network.cofferdam.dev/mac|c2:11:22:33:44",
        "network.cofferdam.dev/mac|; rm -rf /",
        "network.cofferdam.dev/infiniband-guid|c2:11:22:33:44:55"
      })
  void podAddresses_nonsense_isRefused(String annotation, @Nullable String value) {
    String text = value == null ? "" : value;
    assertThrows(
        SandboxException.class,
        () -> PodAddresses.put(CniJson.MAPPER.createObjectNode(), Map.of(annotation, text), true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "fast", "999", "2P", "-5M", "1kk", "1e99", "0"})
  void bandwidth_nonsense_isRefused(String text) {
    assertThrows(SandboxException.class, () -> Bandwidth.of(Map.of(Bandwidth.EGRESS, text)));
  }
}
