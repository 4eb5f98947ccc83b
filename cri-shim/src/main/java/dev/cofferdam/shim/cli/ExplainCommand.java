package dev.cofferdam.shim.cli;

import dev.cofferdam.policy.NodeFacts;
import dev.cofferdam.policy.SandboxPolicySpec;
import dev.cofferdam.policy.node.NodeStatusFacts;
import dev.cofferdam.policy.node.SandboxNodeStatus;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.check.CheckMemory;
import dev.cofferdam.shim.config.Setting;
import dev.cofferdam.shim.config.Settings;
import dev.cofferdam.shim.kube.ClusterAccess;
import dev.cofferdam.shim.policy.PoliciesOnDisk;
import dev.cofferdam.shim.policy.PolicySettings;
import dev.cofferdam.shim.sandboxnode.ClusterQuestions;
import dev.cofferdam.shim.sandboxnode.ReportFacts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which wall a pod of a policy gets on a node, or why none. Exits with 1 when none. */
@Command(
    name = "explain",
    description = {
      "Say which wall a pod of a SandboxPolicy gets on a node, or for each backend of the",
      "policy why not: by what the node's last check found. Exit status 1: it gets none."
    },
    mixinStandardHelpOptions = true)
final class ExplainCommand implements Callable<Integer> {
  @Parameters(paramLabel = "POLICY", description = "a SandboxPolicy's name")
  private String policy = "";

  @Option(
      names = "--node",
      paramLabel = "NODE",
      description = "another node, by what the API server knows of it; without: this one")
  private @Nullable String node;

  @Option(names = "--config", paramLabel = "FILE", description = "the shim's settings")
  private @Nullable Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "a setting, over what the file says; may be repeated")
  private Map<String, String> set = new LinkedHashMap<>();

  @Override
  public Integer call() throws IOException {
    Settings settings = Settings.read(Optional.ofNullable(config), set);
    Path state = settings.path(Setting.STATE_FOLDER);
    Optional<ClusterAccess> cluster =
        settings
            .optional(Setting.KUBECONFIG)
            .map(file -> new ClusterAccess(Path.of(file), Optional.of(state.resolve("token"))));
    return node == null ? here(settings, state, cluster) : there(node, cluster);
  }

  private int here(Settings settings, Path state, Optional<ClusterAccess> cluster) {
    PolicySettings usual = PolicySettings.under(state, cluster);
    SandboxPolicySpec spec =
        PoliciesOnDisk.read(
                new PolicySettings(
                    cluster,
                    settings.path(Setting.POLICIES_FOLDER),
                    usual.cache(),
                    usual.filesInterval()))
            .spec(policy);
    NodeFacts facts =
        CheckMemory.in(state)
            .load()
            .map(ReportFacts::of)
            .orElseThrow(
                () ->
                    new SandboxException(
                        ErrorCode.NOT_FOUND,
                        "this node has not been checked since it was booted: is check.interval"
                            + " set, and does the shim run?"));
    return tell(spec, facts);
  }

  private int there(String name, Optional<ClusterAccess> cluster) throws IOException {
    ClusterQuestions questions =
        new ClusterQuestions(
            cluster.orElseThrow(
                () ->
                    new SandboxException(
                        ErrorCode.INVALID_ARGUMENT, "--node needs the setting kubeconfig")));
    SandboxPolicySpec spec = questions.policy(policy).spec();
    SandboxNodeStatus status = questions.node(name);
    int code = tell(spec, NodeStatusFacts.of(status));
    if (!status.acknowledged().containsKey(policy)) {
      System.out.printf("node %s has not said that it has loaded this policy%n", name);
    }
    return code;
  }

  private int tell(SandboxPolicySpec spec, NodeFacts facts) {
    Explanation explanation = Explanation.of(policy, spec, facts);
    explanation.lines().forEach(System.out::println);
    return explanation.placed() ? 0 : 1;
  }
}
