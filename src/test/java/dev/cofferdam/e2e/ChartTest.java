package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the chart becomes with one or another value, and what it refuses. */
@EndToEnd
class ChartTest {
  private static final Path CHART = SharedLab.REPOSITORY.resolve("deploy/helm/cofferdam");
  private static final String MUTATING = "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy";

  private static final String INSTALL = "node.install.enabled=true";

  private final Lab lab;

  ChartTest(Lab lab) {
    this.lab = lab;
  }

  @Test
  void defaults_oneOperatorWithANetworkPolicyAndNoBudget() throws IOException {
    List<JsonNode> objects = objects();
    JsonNode deployment = only(objects, "Deployment");
    assertEquals(1, deployment.at("/spec/replicas").asInt());
    assertEquals(1, count(objects, "NetworkPolicy"));
    assertEquals(0, count(objects, "PodDisruptionBudget"));
    assertTrue(deployment.at("/spec/template/spec/securityContext/runAsNonRoot").asBoolean());
  }

  @Test
  void twoReplicas_haveADisruptionBudget() throws IOException {
    List<JsonNode> objects = objects("--set", "operator.replicas=2");
    assertEquals(2, only(objects, "Deployment").at("/spec/replicas").asInt());
    assertEquals(1, only(objects, "PodDisruptionBudget").at("/spec/maxUnavailable").asInt());
  }

  @Test
  void apiServerWithoutMutatingPolicies_getsNone() throws IOException {
    List<JsonNode> without = objects();
    assertEquals(0, count(without, "MutatingAdmissionPolicy"));
    assertEquals("false", operatorsWord(without), "what the operator says in conditions");
    List<JsonNode> with = objects("--api-versions", MUTATING);
    assertEquals(1, count(with, "MutatingAdmissionPolicy"));
    assertEquals("true", operatorsWord(with));
  }

  private static String operatorsWord(List<JsonNode> objects) {
    for (JsonNode variable :
        only(objects, "Deployment").at("/spec/template/spec/containers/0/env")) {
      if (variable.path("name").asText().equals("COFFERDAM_GIVES_CLASSES")) {
        return variable.path("value").asText();
      }
    }
    throw new AssertionError("the operator is not told");
  }

  @Test
  void podAdmission_isOnePolicyEach_andLeavesKubeSystemAndItsOwnNamespaceAlone()
      throws IOException {
    List<JsonNode> objects = objects("--api-versions", MUTATING);
    for (String kind : List.of("ValidatingAdmissionPolicy", "MutatingAdmissionPolicy")) {
      List<JsonNode> policies =
          objects.stream()
              .filter(object -> object.path("kind").asText().equals(kind))
              .filter(object -> object.at("/metadata/name").asText().equals("cofferdam-pods"))
              .toList();
      assertEquals(1, policies.size(), kind);
      JsonNode spared =
          policies
              .getFirst()
              .at("/spec/matchConstraints/namespaceSelector/matchExpressions/0/values");
      assertEquals("[\"kube-system\",\"somewhere\"]", spared.toString());
    }
  }

  @Test
  void operator_hasNoRightsOnAdmissionObjectsOrCrds() throws IOException {
    Set<String> groups = new TreeSet<>();
    for (JsonNode object : objects()) {
      if (object.path("kind").asText().equals("ClusterRole")
          && object.at("/metadata/name").asText().equals("cofferdam-operator")) {
        object
            .path("rules")
            .forEach(rule -> rule.path("apiGroups").forEach(group -> groups.add(group.asText())));
      }
    }
    assertEquals(Set.of("", "cofferdam.dev", "events.k8s.io", "node.k8s.io"), groups);
  }

  @Test
  void dashboard_isMadeWhenAskedFor_andIsJson() throws IOException {
    assertEquals(0, count(objects(), "ConfigMap"));
    JsonNode map = only(objects("--set", "dashboard.create=true"), "ConfigMap");
    JsonNode dashboard = new ObjectMapper().readTree(map.at("/data/cofferdam.json").asText());
    assertEquals("Cofferdam", dashboard.path("title").asText());
    assertTrue(dashboard.path("panels").size() > 5);
    assertTrue(
        dashboard.findValuesAsText("expr").stream()
            .anyMatch(expr -> expr.contains("by (policy, backend) (cofferdam_sandboxes_running)")));
  }

  @Test
  void node_isADaemonSetThatChangesOneNodeAtATime_andIsAloneWithItsRights() throws IOException {
    List<JsonNode> objects = objects("--set", INSTALL);
    JsonNode set = only(objects, "DaemonSet");
    assertEquals(1, set.at("/spec/updateStrategy/rollingUpdate/maxUnavailable").asInt());
    JsonNode pod = set.at("/spec/template/spec");
    assertTrue(pod.path("hostPID").asBoolean());
    assertEquals("amd64", pod.path("nodeSelector").path("kubernetes.io/arch").asText());
    // All others get by with what Pod Security `restricted` lets through.
    int others = 0;
    for (JsonNode object : objects) {
      JsonNode spec =
          object.path("kind").asText().equals("Pod")
              ? object.path("spec")
              : object.at("/spec/template/spec");
      if (spec.has("containers") && !object.path("kind").asText().equals("DaemonSet")) {
        others++;
        assertRestricted(object.path("kind").asText(), spec);
      }
    }
    assertEquals(3, others); // the operator, the removal, a test behind one wall
  }

  private static void assertRestricted(String what, JsonNode spec) {
    assertTrue(spec.at("/securityContext/runAsNonRoot").asBoolean(), what);
    assertEquals("RuntimeDefault", spec.at("/securityContext/seccompProfile/type").asText(), what);
    assertFalse(spec.has("hostPID") || spec.has("hostNetwork"), what);
    JsonNode context = spec.at("/containers/0/securityContext");
    assertFalse(context.path("allowPrivilegeEscalation").asBoolean(true), what);
    assertEquals("ALL", context.at("/capabilities/drop/0").asText(), what);
  }

  @Test
  void everyImage_isSettable_andADigestGoesBeforeTheTag() throws IOException {
    String digest = "sha256:" + "0".repeat(64);
    List<JsonNode> objects =
        objects(
            "--set",
            INSTALL,
            "--set",
            "operator.image.repository=registry.example/a/operator",
            "--set",
            "node.install.image.repository=registry.example/a/node",
            "--set",
            "node.install.image.digest=" + digest);
    Set<String> images = new TreeSet<>();
    for (JsonNode object : objects) {
      object.findValuesAsText("image").forEach(images::add);
    }
    assertEquals(
        Set.of("registry.example/a/operator:0.1.0", "registry.example/a/node@" + digest), images);
  }

  @Test
  void withoutInstall_noDaemonSetAndNoHookThatCouldHoldUpAnUninstall() throws IOException {
    List<JsonNode> objects = objects();
    assertEquals(0, count(objects, "DaemonSet"));
    assertEquals(0, count(objects, "Job"));
    assertEquals("false", installsNodes(objects)); // it may not look for what is not there
    assertEquals("true", installsNodes(objects("--set", INSTALL)));
    assertEquals(
        0, count(objects("--set", INSTALL, "--set", "node.uninstall.enabled=false"), "Job"));
  }

  @Test
  void settings_ofTheShim_areArgumentsOfTheInstaller() throws IOException {
    assertEquals("--require=gvisor\n--settings-anew", installArguments(objects("--set", INSTALL)));
    assertEquals(
        "--require=\n--settings-anew\n--setting\nbackend.gvisor.runsc=/usr/local/bin/runsc",
        installArguments(
            objects(
                "--set",
                INSTALL,
                "--set-json",
                "node.install.require=[]",
                "--set",
                "node.install.settings.backend\\.gvisor\\.runsc=/usr/local/bin/runsc")));
  }

  private static String installArguments(List<JsonNode> objects) {
    JsonNode variables = only(objects, "DaemonSet").at("/spec/template/spec/containers/0/env");
    for (JsonNode variable : variables) {
      if (variable.path("name").asText().equals("COFFERDAM_INSTALL_ARGUMENTS")) {
        return variable.path("value").asText();
      }
    }
    throw new AssertionError(variables.toString());
  }

  private static String installsNodes(List<JsonNode> objects) {
    for (JsonNode object : objects) {
      if (object.path("kind").asText().equals("Deployment")) {
        for (JsonNode variable : object.at("/spec/template/spec/containers/0/env")) {
          if (variable.path("name").asText().equals("COFFERDAM_INSTALL_NODES")) {
            return variable.path("value").asText();
          }
        }
      }
    }
    return "";
  }

  @Test
  void tests_oneBehindEachWall() throws IOException {
    List<JsonNode> objects = objects("--set", "tests.walls={gvisor,microvm-qemu}");
    assertEquals(2, count(objects, "RuntimeClass"));
    assertEquals(2, count(objects, "Pod"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "operator.replicas=0",
        "operator.leaseGrace=soon",
        "operator.unknown=1",
        "unknown=1",
        "operator.image.repository=",
        "node.install.maxUnavailable=0",
        "node.install.image.digest=sha256:1",
        "node.uninstall.timeout=soon",
        "node.install.settings.Runsc=1",
        "tests.walls={runc}",
      })
  void badValue_isRefusedBySchema(String value) {
    Result result = template("--set", value);
    assertFalse(result.ok());
    assertTrue(result.err().contains("values don't meet the specifications"), result.err());
  }

  private static JsonNode only(List<JsonNode> objects, String kind) {
    assertEquals(1, count(objects, kind), kind);
    return objects.stream()
        .filter(object -> object.path("kind").asText().equals(kind))
        .findFirst()
        .orElseThrow();
  }

  private static long count(List<JsonNode> objects, String kind) {
    return objects.stream().filter(object -> object.path("kind").asText().equals(kind)).count();
  }

  private List<JsonNode> objects(String... options) throws IOException {
    String yaml = template(options).orThrow().out();
    List<JsonNode> objects = new ArrayList<>();
    new YAMLMapper()
        .readerFor(JsonNode.class)
        .<JsonNode>readValues(yaml)
        .forEachRemaining(objects::add);
    return objects;
  }

  private Result template(String... options) {
    List<String> command =
        new ArrayList<>(
            List.of("helm", "template", "x", CHART.toString(), "--namespace", "somewhere"));
    command.addAll(List.of(options));
    return lab.shell().run(Duration.ofMinutes(1), "", command);
  }
}
