package dev.cofferdam.shim.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.testing.Fuzz;
import dev.cofferdam.sandbox.testing.Mutations;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Provide;

/** What an administrator configures, what plugins print, and what we kept of both. */
class CniFuzz {
  private static final String LIST =
      """
      {"cniVersion":"1.0.0","cniVersions":["0.4.0","1.1.0"],"name":"pods","disableCheck":"true",\
      "plugins":[{"type":"bridge","ipam":{"type":"host-local"}},{"type":"portmap"}]}""";
  private static final String RESULT =
      """
      {"cniVersion":"1.0.0","interfaces":[{"name":"eth0","sandbox":"/run/netns/x"},{"name":"v"}],\
      "ips":[{"address":"10.9.8.7/24","interface":0},{"address":"fd00::7/64","gateway":"fd00::1"}],\
      "routes":[{"dst":"0.0.0.0/0"}],"dns":{}}""";

  @Provide
  Arbitrary<byte[]> lists() {
    return Mutations.of(LIST);
  }

  @Provide
  Arbitrary<byte[]> results() {
    return Mutations.of(RESULT, RESULT.replace("1.0.0", "0.4.0"), "{}");
  }

  @Provide
  Arbitrary<byte[]> failures() {
    return Mutations.of(
        "{\"cniVersion\":\"1.1.0\",\"code\":11,\"msg\":\"try again\",\"details\":\"no address\"}");
  }

  @Provide
  Arbitrary<byte[]> cached() {
    return Mutations.of(
        """
        {"format":1,"sandboxId":"a1","networkNamespace":"/run/netns/x","cniArgs":"K8S_POD_NAME=a",\
        "capabilities":{"dns":{}},"network":%s,"result":%s}"""
            .formatted(LIST, RESULT));
  }

  @Provide
  Arbitrary<byte[]> rates() {
    return Mutations.of("10M", "1.5Gi", "1e9", "+100k");
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Fuzz
  void configuration_isReadOrRefused(@ForAll("lists") byte[] text) {
    try {
      NetworkList list = NetworkList.fromList(CniJson.object(text(text)));
      assertTrue(!list.plugins().isEmpty());
      list.plugins().forEach(plugin -> assertTrue(!NetworkList.type(plugin).contains("/")));
    } catch (SandboxException e) {
      assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
    } catch (IOException e) {
      assertTrue(!String.valueOf(e.getMessage()).isEmpty());
    }
  }

  @Fuzz
  void result_isReadOrRefused(@ForAll("results") byte[] text) {
    for (CniVersion wanted : new CniVersion[] {CniVersion.OLDEST, CniVersion.NEWEST}) {
      try {
        PluginResult result = PluginResult.parse(text(text), wanted);
        result.ips("eth0").forEach(ip -> assertTrue(ip.matches("[0-9a-fA-F:.%]+"), ip));
      } catch (IOException | SandboxException e) {
        assertTrue(!String.valueOf(e.getMessage()).isEmpty());
      }
    }
  }

  @Fuzz
  void failure_isReadOrPassedOver(@ForAll("failures") byte[] text) {
    PluginFailure.parse(text(text))
        .ifPresent(failure -> assertTrue(failure.toString().length() < 5_000));
  }

  @Fuzz
  void cache_isReadOrRefused(@ForAll("cached") byte[] text) {
    try {
      CachedAttachment attachment = CachedAttachment.fromJson(CniJson.object(text(text)));
      if (attachment.result().isPresent()) {
        var _ = attachment.result().get().ips("eth0");
      }
    } catch (IOException | SandboxException e) {
      assertTrue(!String.valueOf(e.getMessage()).isEmpty());
    }
  }

  @Fuzz
  void bandwidth_isReadOrRefused(@ForAll("rates") byte[] rate) {
    try {
      var _ = Bandwidth.of(Map.of(Bandwidth.EGRESS, text(rate)));
    } catch (SandboxException e) {
      assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
    }
  }
}
