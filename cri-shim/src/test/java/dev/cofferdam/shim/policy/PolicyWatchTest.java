package dev.cofferdam.shim.policy;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.shim.kube.ApiServer;
import dev.cofferdam.shim.kube.ClusterAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyWatchTest {
  private static final String GVISOR =
      "{\"isolation\": \"ApplicationKernel\", \"backends\": [{\"type\": \"GVisor\"}]}";
  private static final String PTRACE =
      "{\"isolation\": \"ApplicationKernel\", \"backends\":"
          + " [{\"type\": \"GVisor\", \"gVisor\": {\"platform\": \"Ptrace\"}}]}";

  @TempDir Path folder;
  private final Policies policies = new Policies();

  @Test
  void watch_listAndChanges_areFollowed() throws IOException {
    try (FakeApiServer server = new FakeApiServer()) {
      server.put("first", GVISOR);
      try (PolicyWatch _ = watching(server)) {
        awaitNames("first");
        server.put("second", GVISOR);
        awaitNames("first", "second");
        server.delete("first");
        awaitNames("second");
        KnownPolicy before = policies.byName("second").orElseThrow();
        server.put("second", PTRACE);
        await()
            .atMost(limit())
            .until(() -> !policies.byName("second").orElseThrow().equals(before));
      }
      assertTrue(
          server.requests.contains("/apis/cofferdam.dev/v1alpha1/sandboxpolicies Bearer secret"),
          server.requests::toString);
    }
  }

  @Test
  void watch_endedByTheServer_goesOn() throws IOException {
    try (FakeApiServer server = new FakeApiServer();
        PolicyWatch _ = watching(server)) {
      await().atMost(limit()).until(() -> server.requests.size() == 2);
      server.endWatch();
      await().atMost(limit()).until(() -> server.requests.size() == 3);
      server.put("later", GVISOR);
      awaitNames("later");
    }
  }

  @Test
  void watch_tooOld_listsAnewAndForgetsWhatIsGone() throws IOException {
    try (FakeApiServer server = new FakeApiServer()) {
      server.put("stays", GVISOR);
      server.put("goes", GVISOR);
      try (PolicyWatch _ = watching(server)) {
        awaitNames("goes", "stays");
        server.delete("goes");
        server.forgetEvents();
        server.failWatch();
        awaitNames("stays");
      }
    }
  }

  @Test
  void watch_apiServerRefusesOrIsGone_keepsWhatIsKnownAndComesBack() throws IOException {
    try (FakeApiServer server = new FakeApiServer()) {
      server.put("kept", GVISOR);
      try (PolicyWatch _ = watching(server)) {
        awaitNames("kept");
        server.refuse(403);
        int before = server.requests.size();
        server.endWatch();
        await().atMost(limit()).until(() -> server.requests.size() >= before + 2);
        assertEquals(Set.of("kept"), Set.copyOf(policies.names()));
        server.refuse(0);
        server.put("new", GVISOR);
        awaitNames("kept", "new");
      }
    }
  }

  @Test
  void watch_kubeconfigComesLater_isTakenUp() throws IOException {
    try (FakeApiServer server = new FakeApiServer()) {
      server.put("first", GVISOR);
      ClusterPolicies cluster = new ClusterPolicies(policies, cache());
      try (PolicyWatch _ =
          new PolicyWatch(ClusterAccess.of(folder.resolve("kubeconfig")), cluster, () -> {})) {
        server.kubeconfig(folder);
        awaitNames("first");
      }
    }
  }

  @Test
  void of_kubeconfigThatWeCannotUse_saysWhy() throws IOException {
    Path file = folder.resolve("kubeconfig");
    Files.writeString(file, "current-context: x");
    assertTrue(refusal(file).contains("no \"x\" among its contexts"));
    Files.writeString(
        file,
        """
        clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
        users: [{name: u, user: {exec: {command: get-token}}}]
        contexts: [{name: x, context: {cluster: c, user: u}}]
        current-context: x
        """);
    assertTrue(refusal(file).contains("token or a tokenFile"));
  }

  private static String refusal(Path kubeconfig) {
    return String.valueOf(
        assertThrows(IOException.class, () -> ApiServer.of(kubeconfig)).getMessage());
  }

  private PolicyWatch watching(FakeApiServer server) throws IOException {
    return new PolicyWatch(
        ClusterAccess.of(server.kubeconfig(folder)),
        new ClusterPolicies(policies, cache()),
        () -> {});
  }

  private PolicyCache cache() {
    return new PolicyCache(folder.resolve("cache"));
  }

  private void awaitNames(String... names) {
    await().atMost(limit()).until(() -> Set.copyOf(policies.names()).equals(Set.of(names)));
  }

  private static Duration limit() {
    return Duration.ofSeconds(20);
  }
}
