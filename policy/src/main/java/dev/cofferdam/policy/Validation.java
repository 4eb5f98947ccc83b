package dev.cofferdam.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The rules of the CRD once more in Java, for policies that no API server has seen. The same
 * examples test both.
 */
public final class Validation {

  private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
  private static final Pattern LABEL_KEY = Pattern.compile(Labels.KEY);
  private static final Pattern LABEL_VALUE = Pattern.compile(Labels.VALUE);
  private static final int MOST_BACKENDS = 8;
  private static final int MOST_LABELS = 16;
  private static final int MOST_TOLERATIONS = 16;
  private static final int MOST_VCPUS = 32;

  private final List<Violation> found = new ArrayList<>();

  private Validation() {}

  /** Everything that is wrong with a policy; empty if nothing is. */
  public static List<Violation> check(String name, @Nullable SandboxPolicySpec spec) {
    Validation validation = new Validation();
    validation.require(
        name != null && name.length() <= SandboxPolicy.NAME_LENGTH && NAME.matcher(name).matches(),
        "metadata.name",
        SandboxPolicy.NAME_RULE);
    if (spec == null) {
      validation.add("spec", "required");
    } else {
      validation.spec(spec);
    }
    return List.copyOf(validation.found);
  }

  private void spec(SandboxPolicySpec spec) {
    // Jackson leaves null what a document does not say.
    require(spec.isolation() != null, "spec.isolation", "required");
    require(!spec.backends().isEmpty(), "spec.backends", "must name at least one backend");
    require(spec.backends().size() <= MOST_BACKENDS, "spec.backends", "more than 8");
    for (int i = 0; i < spec.backends().size(); i++) {
      backend(spec.isolation(), spec.backends().get(i), "spec.backends[" + i + "]");
    }
    if (spec.nodes() != null) {
      nodes(spec.nodes());
    }
    overhead(spec);
    if (spec.enforcement() != null) {
      enforcement(spec.isolation(), spec.enforcement());
    }
  }

  private void backend(Isolation least, BackendChoice choice, String field) {
    require(choice.type() != null, field + ".type", "required");
    require(
        least != Isolation.VIRTUAL_MACHINE || choice.type() != BackendType.GVISOR,
        field + ".type",
        SandboxPolicySpec.WEAK_GVISOR);
    require(
        choice.gVisor() == null || choice.type() == BackendType.GVISOR,
        field + ".gVisor",
        BackendChoice.GVISOR_RULE);
    MicroVmChoice microVm = choice.microVm();
    if (microVm == null) {
      return;
    }
    String section = field + ".microVM";
    require(choice.type() == BackendType.MICROVM, section, BackendChoice.MICROVM_RULE);
    boolean emulated = microVm.acceleration() == MicroVmChoice.Acceleration.EMULATED;
    require(
        !emulated || least == Isolation.DEVELOPMENT,
        section + ".acceleration",
        SandboxPolicySpec.WEAK_EMULATION);
    require(
        !emulated || microVm.monitor() != MicroVmChoice.Monitor.FIRECRACKER,
        section + ".acceleration",
        MicroVmChoice.FIRECRACKER_RULE);
    require(
        microVm.vcpus() >= 1 && microVm.vcpus() <= MOST_VCPUS,
        section + ".vcpus",
        "must be 1 to " + MOST_VCPUS);
    require(Quantities.isPositive(microVm.memory()), section + ".memory", Quantities.RULE);
  }

  private void nodes(NodeChoice nodes) {
    if (nodes.selector() != null) {
      labels(nodes.selector(), "spec.nodes.selector.matchLabels");
    }
    require(
        nodes.tolerations().size() <= MOST_TOLERATIONS, "spec.nodes.tolerations", "more than 16");
    for (int i = 0; i < nodes.tolerations().size(); i++) {
      toleration(nodes.tolerations().get(i), "spec.nodes.tolerations[" + i + "]");
    }
  }

  private void labels(MatchLabels selector, String field) {
    require(selector.matchLabels().size() <= MOST_LABELS, field, "more than 16");
    selector
        .matchLabels()
        .forEach(
            (key, value) -> {
              require(isLabelKey(key), field + "." + key, Labels.KEY_RULE);
              require(LABEL_VALUE.matcher(value).matches(), field + "." + key, Labels.VALUE_RULE);
            });
  }

  private void enforcement(@Nullable Isolation isolation, Enforcement enforcement) {
    String field = "spec.enforcement";
    require(enforcement.mode() != null, field + ".mode", "required");
    require(
        isolation != Isolation.DEVELOPMENT || enforcement.mode() != Enforcement.Mode.REQUIRE,
        field,
        SandboxPolicySpec.REQUIRED_DEVELOPMENT);
    if (enforcement.namespaceSelector() == null) {
      add(field + ".namespaceSelector", "required");
    } else {
      labels(enforcement.namespaceSelector(), field + ".namespaceSelector.matchLabels");
    }
  }

  private void toleration(PodToleration toleration, String field) {
    String key = toleration.key();
    String value = toleration.value();
    boolean exists = toleration.operator() == PodToleration.Operator.EXISTS;
    require(key == null || isLabelKey(key), field + ".key", Labels.KEY_RULE);
    require(key != null || exists, field + ".operator", PodToleration.NO_KEY_RULE);
    require(
        value == null || LABEL_VALUE.matcher(value).matches(), field + ".value", Labels.VALUE_RULE);
    require(value == null || !exists, field + ".value", PodToleration.VALUE_RULE);
    require(
        toleration.tolerationSeconds() == null
            || toleration.effect() == PodToleration.Effect.NO_EXECUTE,
        field + ".tolerationSeconds",
        PodToleration.SECONDS_RULE);
  }

  private void overhead(SandboxPolicySpec spec) {
    FixedOverhead fixed = spec.overheadFixed();
    String field = "spec.overheadFixed";
    require(
        (fixed != null) == (spec.overhead() == OverheadSource.FIXED),
        field,
        SandboxPolicySpec.OVERHEAD_RULE);
    if (fixed == null) {
      return;
    }
    require(fixed.cpu() != null || fixed.memory() != null, field, FixedOverhead.EMPTY_RULE);
    require(
        fixed.cpu() == null || Quantities.isPositive(fixed.cpu()), field + ".cpu", Quantities.RULE);
    require(
        fixed.memory() == null || Quantities.isPositive(fixed.memory()),
        field + ".memory",
        Quantities.RULE);
  }

  private static boolean isLabelKey(String key) {
    return LABEL_KEY.matcher(key).matches();
  }

  private void require(boolean holds, String field, String problem) {
    if (!holds) {
      add(field, problem);
    }
  }

  private void add(String field, String problem) {
    found.add(new Violation(field, problem));
  }
}
