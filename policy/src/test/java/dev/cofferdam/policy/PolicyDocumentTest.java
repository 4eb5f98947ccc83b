package dev.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The end-to-end tests hold the API server to the same examples, of {@code good} and {@code bad}.
 */
class PolicyDocumentTest {

  private static final String MARK = "# refused with: ";

  static Stream<Path> good() {
    return examples("good");
  }

  static Stream<Path> bad() {
    return examples("bad");
  }

  private static Stream<Path> examples(String folder) {
    URL url = Objects.requireNonNull(PolicyDocumentTest.class.getResource(folder));
    try (Stream<Path> files = Files.list(Path.of(url.toURI()))) {
      return files.sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("good")
  void read_goodPolicy_isTaken(Path file) throws Exception {
    PolicyDocument policy = PolicyDocument.read(Files.readAllBytes(file));
    assertEquals(file.getFileName().toString(), policy.name() + ".yaml");
  }

  @ParameterizedTest
  @MethodSource("good")
  void read_whatTheClientWroteAsJson_isTheSamePolicy(Path file) throws Exception {
    byte[] yaml = Files.readAllBytes(file);
    SandboxPolicy policy =
        Serialization.unmarshal(new String(yaml, StandardCharsets.UTF_8), SandboxPolicy.class);
    byte[] json = Serialization.asJson(policy).getBytes(StandardCharsets.UTF_8);
    assertEquals(policy.getSpec(), PolicyDocument.read(json).spec());
    assertEquals(policy.getSpec(), PolicyDocument.read(yaml).spec());
  }

  @ParameterizedTest
  @MethodSource("bad")
  void read_badPolicy_isRefusedWithTheFieldsName(Path file) throws Exception {
    byte[] bytes = Files.readAllBytes(file);
    String first = new String(bytes, StandardCharsets.UTF_8).lines().findFirst().orElseThrow();
    InvalidPolicyException e =
        assertThrows(InvalidPolicyException.class, () -> PolicyDocument.read(bytes));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains(first.substring(MARK.length())), message);
  }

  @Test
  void read_leftOutFields_haveTheDefaultsOfTheCrd() throws Exception {
    SandboxPolicySpec spec =
        read("""
            apiVersion: cofferdam.dev/v1alpha1
            kind: SandboxPolicy
            metadata: {name: a}
            spec:
              isolation: ApplicationKernel
              backends: [{type: GVisor, gVisor: {}}, {type: MicroVM, microVM: {}}]
              nodes: {selector: {matchLabels: {a: b}}}
            """)
            .spec();
    assertEquals(GVisorChoice.DEFAULT, spec.backends().get(0).gVisor());
    assertEquals(MicroVmChoice.DEFAULT, spec.backends().get(1).microVm());
    NodeChoice nodes = Objects.requireNonNull(spec.nodes());
    assertEquals(new MatchLabels(Map.of("a", "b")), nodes.selector());
    assertEquals(List.of(), nodes.tolerations());
  }

  @Test
  void read_otherKind_isRefused() {
    assertThrows(
        InvalidPolicyException.class,
        () -> read("{apiVersion: v1, kind: Pod, metadata: {name: a}}"));
  }

  @Test
  void read_noYaml_isRefused() {
    for (String text : List.of("", "\0\1", "[", "a: {b", "--- a\n--- b", "42")) {
      assertThrows(InvalidPolicyException.class, () -> read(text), text);
    }
  }

  private static PolicyDocument read(String text) throws InvalidPolicyException {
    return PolicyDocument.read(text.getBytes(StandardCharsets.UTF_8));
  }
}
