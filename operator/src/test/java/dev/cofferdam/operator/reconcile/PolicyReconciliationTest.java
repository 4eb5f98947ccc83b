package dev.cofferdam.operator.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.operator.fleet.Fleet;
import dev.cofferdam.operator.model.ExamplePolicy;
import dev.cofferdam.policy.SandboxPolicy;
import dev.cofferdam.policy.SandboxPolicyStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClassBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PolicyReconciliationTest {

  private static final Instant START = Instant.parse("2026-11-22T10:00:00.123456Z");

  private final InMemoryRuntimeClasses cluster = new InMemoryRuntimeClasses();
  private final Fleet fleet = new Fleet();
  private final InMemoryNamespaces namespaces = new InMemoryNamespaces();
  private final List<Event> events = new ArrayList<>();

  @Test
  void run_newPolicy_makesTheClassAndSaysSo() {
    SandboxPolicyStatus status = run(ExamplePolicy.everything(), START);
    assertEquals("cofferdam-untrusted", untrusted().getHandler());
    assertEquals(3L, status.observedGeneration());
    assertEquals("untrusted", status.runtimeClassName());
    assertEquals(new SandboxPolicyStatus.Summary("MicroVM,GVisor", "0/0"), status.summary());
    assertEquals("True/Valid", said(status, "Accepted"));
    assertEquals("True/InPlace", said(status, "RuntimeClassReady"));
    assertEquals(List.of("RuntimeClassCreated", "Valid", "InPlace", "NoNodeSelected"), told());
    Event event = events.getFirst();
    assertEquals("default", event.getMetadata().getNamespace());
    assertEquals("untrusted", event.getRegarding().getName());
    assertEquals(ExamplePolicy.UID, event.getRegarding().getUid());
    assertEquals("2026-11-22T10:00:00.123456Z", event.getEventTime().getTime());
  }

  @Test
  void run_nothingChanged_writesNothingAndTellsNothing() {
    SandboxPolicy policy = settled(ExamplePolicy.everything());
    int writes = cluster.writes;
    SandboxPolicyStatus again = run(policy, START.plus(Duration.ofHours(1)));
    assertEquals(policy.getStatus(), again);
    assertEquals(writes, cluster.writes);
    assertEquals(List.of(), told());
  }

  @Test
  void run_classDeletedByOthers_isMadeAnew() {
    SandboxPolicy policy = settled(ExamplePolicy.minimal());
    cluster.byName.clear();
    assertEquals(policy.getStatus(), run(policy, START));
    assertEquals("cofferdam-untrusted", untrusted().getHandler());
    assertEquals(List.of("RuntimeClassRepaired"), told());
  }

  @Test
  void run_classChangedByOthers_isPutRight() {
    SandboxPolicy policy = settled(ExamplePolicy.everything());
    RuntimeClass right = untrusted();
    cluster.byName.put("untrusted", new RuntimeClassBuilder(right).withOverhead(null).build());
    run(policy, START);
    assertEquals(right, untrusted());
    assertEquals(List.of("RuntimeClassRepaired"), told());
  }

  @Test
  void run_handlerChangedByOthers_isMadeAnew() {
    SandboxPolicy policy = settled(ExamplePolicy.everything());
    cluster.byName.put(
        "untrusted", new RuntimeClassBuilder(untrusted()).withHandler("runc").build());
    run(policy, START);
    assertEquals("cofferdam-untrusted", untrusted().getHandler());
    assertEquals(List.of("RuntimeClassRepaired"), told());
  }

  @Test
  void run_policyEdited_classFollows() {
    SandboxPolicy policy = settled(ExamplePolicy.minimal());
    policy.setSpec(ExamplePolicy.everything().getSpec());
    policy.getMetadata().setGeneration(4L);
    SandboxPolicyStatus status = run(policy, START);
    assertEquals(4L, status.observedGeneration());
    assertEquals("sandbox", untrusted().getScheduling().getNodeSelector().get("pool"));
    assertEquals(List.of("RuntimeClassUpdated"), told());
  }

  @Test
  void run_nameTaken_leavesTheClassAloneUntilItIsGone() {
    RuntimeClass foreign =
        new RuntimeClassBuilder()
            .withNewMetadata()
            .withName("untrusted")
            .endMetadata()
            .withHandler("kata")
            .build();
    cluster.byName.put("untrusted", foreign);
    SandboxPolicy policy = ExamplePolicy.minimal();
    policy.setStatus(run(policy, START));
    assertEquals(foreign, untrusted());
    assertEquals("False/NameTaken", said(policy.getStatus(), "RuntimeClassReady"));
    assertNull(policy.getStatus().runtimeClassName());
    assertEquals(List.of("Valid", "NameTaken", "NoNodeSelected"), told());
    assertEquals("Warning", events.get(1).getType());

    cluster.byName.clear();
    events.clear();
    SandboxPolicyStatus later = run(policy, START.plus(Duration.ofMinutes(1)));
    assertEquals("True/InPlace", said(later, "RuntimeClassReady"));
    assertEquals("2026-11-22T10:01:00Z", since(later, "RuntimeClassReady"));
    assertEquals("2026-11-22T10:00:00Z", since(later, "Accepted"));
    assertEquals(List.of("RuntimeClassCreated", "InPlace"), told());
  }

  @Test
  void run_invalidPolicy_isNotAcceptedAndItsClassStays() {
    settled(ExamplePolicy.minimal());
    RuntimeClass before = untrusted();
    SandboxPolicyStatus status = run(ExamplePolicy.invalid(), START);
    assertEquals("False/InvalidSpec", said(status, "Accepted"));
    assertTrue(condition(status, "Accepted").getMessage().startsWith("spec.backends[0].type: "));
    assertEquals("False/NotAccepted", said(status, "RuntimeClassReady"));
    assertEquals(before, untrusted());
  }

  @Test
  void run_apiServerRefuses_saysItsWords() {
    cluster.failure = new KubernetesClientException("runtimeclasses is forbidden", 403, null);
    SandboxPolicyStatus status = run(ExamplePolicy.minimal(), START);
    assertEquals("False/Refused", said(status, "RuntimeClassReady"));
    assertTrue(condition(status, "RuntimeClassReady").getMessage().contains("is forbidden"));
  }

  @Test
  void run_conflictOrOutage_isLeftToTheRetry() {
    for (int code : List.of(0, 409, 500, 503)) {
      cluster.failure = new KubernetesClientException("try again", code, null);
      assertThrows(
          KubernetesClientException.class, () -> run(ExamplePolicy.minimal(), START), "" + code);
    }
    assertEquals(List.of(), told());
  }

  /** A policy whose class is in place and whose status says so. */
  private SandboxPolicy settled(SandboxPolicy policy) {
    policy.setStatus(run(policy, START));
    events.clear();
    return policy;
  }

  private SandboxPolicyStatus run(SandboxPolicy policy, Instant now) {
    Clock clock = Clock.fixed(now, ZoneOffset.UTC);
    fleet.policySeen(policy.getMetadata().getName(), policy.getSpec(), now);
    return new PolicyReconciliation(
            cluster, fleet, namespaces, new Teller(events::add, clock, "operator-0"), clock)
        .run(policy);
  }

  private RuntimeClass untrusted() {
    RuntimeClass runtimeClass = cluster.get("untrusted");
    if (runtimeClass == null) {
      throw new AssertionError("no RuntimeClass untrusted");
    }
    return runtimeClass;
  }

  private List<String> told() {
    return events.stream().map(Event::getReason).toList();
  }

  private static String said(SandboxPolicyStatus status, String type) {
    return condition(status, type).getStatus() + "/" + condition(status, type).getReason();
  }

  private static String since(SandboxPolicyStatus status, String type) {
    return condition(status, type).getLastTransitionTime();
  }

  private static Condition condition(SandboxPolicyStatus status, String type) {
    return status.conditions().stream()
        .filter(condition -> condition.getType().equals(type))
        .findFirst()
        .orElseThrow();
  }
}
