package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a pod's author sets for security and mounts, through kubelet; and what is refused. */
@EndToEnd
class SecuritySettingsTest {
  private static final String CLASS = "strict";
  private static final String WITH_HOST_NETWORK = "networked";

  private final Cluster cluster;
  private final Lab lab;

  SecuritySettingsTest(Cluster cluster, Lab lab) {
    this.cluster = cluster;
    this.lab = lab;
  }

  @BeforeEach
  void applyPolicy() {
    cluster.applyPolicy(Policy.named(CLASS));
  }

  @AfterEach
  void deletePods() {
    cluster.deleteAll();
  }

  /**
   * Applies a pod that sleeps.
   *
   * @param pod more fields of its spec, in YAML's one-line form, with a comma after each
   * @param container more fields of its container, in the same form
   */
  private void apply(String name, String runtimeClass, String pod, String container) {
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s}
        spec: {%s
          runtimeClassName: %s, restartPolicy: Never, terminationGracePeriodSeconds: 1,
          containers: [{%s
            name: main, image: busybox, imagePullPolicy: IfNotPresent, args: [sleep, "100000"]}]}
        """
            .formatted(name, pod, runtimeClass, container));
  }

  private String outputIn(String pod, String script) {
    Result result = cluster.exec(pod, "sh", "-c", script);
    return result.out() + result.err();
  }

  @Test
  void seccompRuntimeDefault_filtersWhatUnconfinedDoesNot() {
    apply("filtered", CLASS, "securityContext: {seccompProfile: {type: RuntimeDefault}},", "");
    apply("free", CLASS, "securityContext: {seccompProfile: {type: Unconfined}},", "");
    cluster.awaitReady("filtered");
    cluster.awaitReady("free");
    String seccomp = "awk '/^Seccomp:/ {print $2}' /proc/self/status";
    assertEquals("2\n", outputIn("filtered", seccomp));
    assertEquals("0\n", outputIn("free", seccomp));
    assertTrue(outputIn("filtered", "unshare -U true").contains("not permitted"));
  }

  @Test
  void seccompLocalhost_thatIsNotThere_isInThePodsEvents() {
    apply(
        "profileless",
        CLASS,
        "securityContext: {seccompProfile: {type: Localhost, localhostProfile: no/such.json}},",
        "");
    cluster.awaitEvent("profileless", "no/such.json of the node cannot be used");
  }

  @Test
  void mounts_readOnlyRoot_subPathAndImageVolume_areServed() {
    apply(
        "mounts",
        CLASS,
        "volumes: [{name: data, emptyDir: {}},"
            + " {name: tools, image: {reference: busybox, pullPolicy: IfNotPresent}}],",
        "securityContext: {readOnlyRootFilesystem: true},"
            + " volumeMounts: [{name: data, mountPath: /data, subPath: part},"
            + " {name: tools, mountPath: /tools, subPath: bin}],");
    cluster.awaitReady("mounts");
    assertTrue(outputIn("mounts", "echo x > /x").contains("Read-only file system"));
    assertEquals("kept\n", outputIn("mounts", "echo kept > /data/f; cat /data/f"));
    assertEquals("ran\n", outputIn("mounts", "/tools/echo ran"));
    assertTrue(outputIn("mounts", "echo x > /tools/x").contains("Read-only file system"));
  }

  @Test
  void supplementalGroups_byPolicy_countTheImagesOrNot() {
    String image = "gcr.io/k8s-staging-cri-tools/test-image-predefined-group:latest";
    for (String policy : new String[] {"Strict", "Merge"}) {
      cluster.apply(
          """
          apiVersion: v1
          kind: Pod
          metadata: {name: groups-%s}
          spec: {securityContext: {runAsUser: 1000, supplementalGroups: [1234], supplementalGroupsPolicy: %s},
            runtimeClassName: %s, restartPolicy: Never, terminationGracePeriodSeconds: 1,
            containers: [{name: main, image: "%s", imagePullPolicy: IfNotPresent, args: [sleep, "100000"]}]}
          """
              .formatted(policy.toLowerCase(Locale.ROOT), policy, CLASS, image));
    }
    cluster.awaitReady("groups-strict");
    cluster.awaitReady("groups-merge");
    assertEquals("1000 1234\n", outputIn("groups-strict", "id -G"));
    assertEquals("1000 1234 50000\n", outputIn("groups-merge", "id -G"));
  }

  @Test
  void hostNetwork_whereThePolicyAllowsIt_isTheNodes() {
    cluster.apply(
        """
        apiVersion: cofferdam.dev/v1alpha1
        kind: SandboxPolicy
        metadata: {name: %s}
        spec: {isolation: ApplicationKernel, backends: [{type: GVisor, gVisor: {network: Host}}]}
        """
            .formatted(WITH_HOST_NETWORK));
    cluster
        .kubectl(
            "wait",
            "--for=condition=RuntimeClassReady",
            "sandboxpolicy/" + WITH_HOST_NETWORK,
            "--timeout=60s")
        .orThrow();
    apply(
        "on-node",
        WITH_HOST_NETWORK,
        "hostNetwork: true,",
        "securityContext: {capabilities: {add: [SYSLOG]}},");
    cluster.awaitReady("on-node");
    assertEquals(
        cluster.get("pod/on-node", ".status.hostIP"), cluster.get("pod/on-node", ".status.podIP"));
    // kubelet's own health, which only the node's loopback has.
    assertEquals("ok", outputIn("on-node", "wget -qO- http://127.0.0.1:10248/healthz"));
    assertTrue(outputIn("on-node", "dmesg").contains("gVisor"));
  }

  @Test
  void whatGvisorLacks_isRefusedInThePodsEvents() {
    apply("network", CLASS, "hostNetwork: true,", "");
    apply("processes", CLASS, "hostPID: true,", "");
    apply("ipc", CLASS, "hostIPC: true,", "");
    apply(
        "parameters",
        CLASS,
        "securityContext: {sysctls: [{name: kernel.shm_rmid_forced, value: \"1\"}]},",
        "");
    apply(
        "shared-mount",
        CLASS,
        "volumes: [{name: v, hostPath: {path: /run/cofferdam-e2e, type: DirectoryOrCreate}}],",
        "securityContext: {privileged: true},"
            + " volumeMounts: [{name: v, mountPath: /v, mountPropagation: Bidirectional}],");
    cluster.awaitEvent("network", "its policy does not say network: Host");
    cluster.awaitEvent("processes", "share the node's processes (hostPID: true)");
    cluster.awaitEvent("ipc", "share the node's IPC (hostIPC: true)");
    cluster.awaitEvent(
        "parameters", "the kernel parameter kernel.shm_rmid_forced cannot be set in gVisor");
    cluster.awaitEvent("shared-mount", "cannot pass mounts made inside to the host");
  }

  @Test
  void kernelParameters_thatGvisorHas_areSetInThePod() {
    apply(
        "tuned",
        CLASS,
        "securityContext: {sysctls: [{name: net.ipv4.ip_local_port_range, value: \"20000 20009\"},"
            + " {name: net.ipv4.ip_unprivileged_port_start, value: \"0\"}]},",
        "");
    cluster.awaitReady("tuned");
    assertEquals("20000 20009\n", outputIn("tuned", "cat /proc/sys/net/ipv4/ip_local_port_range"));
  }

  @Test
  void hostUsersFalse_sentryIsInAUserNamespaceOfItsOwn_andFilesAreThePods() {
    apply(
        "own-users",
        CLASS,
        "hostUsers: false, volumes: [{name: v, emptyDir: {}}],",
        "volumeMounts: [{name: v, mountPath: /v}],");
    cluster.awaitReady("own-users");
    assertEquals("0\n0\n", outputIn("own-users", "id -u; : > /v/f; stat -c %u /v/f"));
    String sandbox =
        lab.shell().run("crictl", "pods", "-q", "--name", "own-users").orThrow().out().strip();
    Result namespaces =
        lab.shell()
            .run(
                "sh",
                "-c",
                "node=$(readlink /proc/self/ns/user);"
                    + " for p in $(pgrep -f '[r]unsc-sandbox.*"
                    + sandbox
                    + "'); do [ \"$(readlink /proc/$p/ns/user)\" = \"$node\" ] && echo nodes"
                    + " || echo own; done");
    assertEquals("own\n", namespaces.orThrow().out());
  }

  @Test
  void selinuxLabel_isIgnoredWithAnEvent() {
    apply("labelled", CLASS, "securityContext: {seLinuxOptions: {level: \"s0:c1,c2\"}},", "");
    cluster.awaitReady("labelled");
    cluster.awaitEvent("labelled", "SettingIgnored: container main: its SELinux label is ignored");
    assertFalse(cluster.events("labelled").contains("AppArmor"));
  }

  /** By CRI: where the node has no AppArmor, kubelet itself refuses pods that name a profile. */
  @Test
  void apparmorProfile_isIgnoredWithAnEvent() {
    apply("profiled", CLASS, "", "");
    cluster.awaitReady("profiled");
    String uid = cluster.get("pod/profiled", ".metadata.uid");
    Result created =
        lab.shell()
            .run(
                "sh",
                "-c",
                """
                cd $(mktemp -d) || exit 1
                trap 'rm -r "$PWD"' EXIT
                echo '{"metadata": {"name": "profiled", "namespace": "default", "uid": "%s"}}' > pod.json
                cat > container.json << 'END'
                {"metadata": {"name": "armored"}, "image": {"image": "busybox"}, "command": ["true"],
                 "linux": {"security_context": {"apparmor": {"profile_type": 2, "localhost_ref": "strict"}}}}
                END
                crictl create "$(crictl pods -q --name '^profiled$')" container.json pod.json
                """
                    .formatted(uid));
    assertTrue(created.ok(), created.err());
    cluster.awaitEvent(
        "profiled", "SettingIgnored: container armored: its AppArmor profile is ignored");
    assertFalse(cluster.events("profiled").contains("SELinux"));
  }
}
