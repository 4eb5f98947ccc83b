package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Command.Result;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A policy that makes no sense never gets into the cluster, and the refusal names the field. */
@EndToEnd
class RefusedPolicyTest {
  private final Cluster cluster;

  RefusedPolicyTest(Cluster cluster) {
    this.cluster = cluster;
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "spec.backend | {isolation: ApplicationKernel, backends: [{type: GVisor}], backend: GVisor}",
        "spec.backends | {isolation: ApplicationKernel, backends: []}",
        "spec.backends | {isolation: ApplicationKernel}",
        "spec.isolation | {isolation: Strong, backends: [{type: GVisor}]}",
        "spec.backends[0].type | {isolation: ApplicationKernel, backends: [{type: Docker}]}",
        "spec.nodes.selector | {isolation: ApplicationKernel, backends: [{type: GVisor}], nodes: {selector: {matchLabels:"
            + " {pool: 'not a label value!'}}}}",
      })
  void policy_withABadField_isRefusedWithTheFieldsName(String field, String spec) {
    Result result =
        cluster.tryApply(
            """
            apiVersion: cofferdam.dev/v1alpha1
            kind: SandboxPolicy
            metadata: {name: refused}
            spec: %s
            """
                .formatted(spec));

    assertFalse(result.ok());
    assertTrue(result.err().contains(field), result.err());
    assertFalse(cluster.exists("sandboxpolicy/refused"));
  }
}
