package dev.cofferdam.shim.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.IDMapping;
import dev.cofferdam.cri.v1.LinuxPodSandboxConfig;
import dev.cofferdam.cri.v1.LinuxSandboxSecurityContext;
import dev.cofferdam.cri.v1.NamespaceMode;
import dev.cofferdam.cri.v1.NamespaceOption;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.SecurityProfile;
import dev.cofferdam.cri.v1.UserNamespace;
import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.testing.FakeBackend;
import dev.cofferdam.shim.handler.ResolvedHandler;
import org.junit.jupiter.api.Test;

/** What a pod may ask for, by what its backend can do and its policy allows. */
class PodRequestsTest {
  private final Backend backend = new FakeBackend();

  private static PodSandboxConfig pod(NamespaceOption.Builder namespaces) {
    return pod(LinuxSandboxSecurityContext.newBuilder().setNamespaceOptions(namespaces));
  }

  private static PodSandboxConfig pod(LinuxSandboxSecurityContext.Builder security) {
    return PodSandboxConfig.newBuilder()
        .setLinux(LinuxPodSandboxConfig.newBuilder().setSecurityContext(security))
        .build();
  }

  private static NamespaceOption.Builder users(NamespaceMode mode, IDMapping... mappings) {
    UserNamespace.Builder users = UserNamespace.newBuilder().setMode(mode);
    for (IDMapping mapping : mappings) {
      users.addUids(mapping).addGids(mapping);
    }
    return NamespaceOption.newBuilder().setUsernsOptions(users);
  }

  private static IDMapping mapping(int containerId) {
    return IDMapping.newBuilder()
        .setContainerId(containerId)
        .setHostId(65536)
        .setLength(65536)
        .build();
  }

  private void refuseUnsupported(PodSandboxConfig pod, boolean hostNetwork) {
    PodRequests.refuseUnsupported(
        pod, new ResolvedHandler("h", backend, FakeBackend.VARIANT, hostNetwork));
  }

  private static String refused(ErrorCode code, Runnable call) {
    SandboxException e = assertThrows(SandboxException.class, call::run);
    assertEquals(code, e.code());
    return String.valueOf(e.getMessage());
  }

  @Test
  void hostNetwork_isForThePolicyToAllow() {
    PodSandboxConfig pod = pod(NamespaceOption.newBuilder().setNetwork(NamespaceMode.NODE));
    refuseUnsupported(pod, true);
    String message = refused(ErrorCode.UNSUPPORTED, () -> refuseUnsupported(pod, false));
    assertTrue(message.contains("hostNetwork: true") && message.contains("network: Host"), message);
  }

  @Test
  void hostProcessesAndHostIpc_areRefusedByTheirNameInAPod() {
    PodSandboxConfig pid = pod(NamespaceOption.newBuilder().setPid(NamespaceMode.NODE));
    assertTrue(
        refused(ErrorCode.UNSUPPORTED, () -> refuseUnsupported(pid, true)).contains("hostPID"));
    PodSandboxConfig ipc = pod(NamespaceOption.newBuilder().setIpc(NamespaceMode.NODE));
    assertTrue(
        refused(ErrorCode.UNSUPPORTED, () -> refuseUnsupported(ipc, true)).contains("hostIPC"));
  }

  @Test
  void whatABackendCannotDo_isRefused() {
    PodSandboxConfig users = pod(users(NamespaceMode.POD, mapping(0)));
    assertTrue(
        refused(ErrorCode.UNSUPPORTED, () -> refuseUnsupported(users, true)).contains("hostUsers"));
    PodSandboxConfig seccomp =
        pod(
            LinuxSandboxSecurityContext.newBuilder()
                .setSeccomp(
                    SecurityProfile.newBuilder()
                        .setProfileType(SecurityProfile.ProfileType.Localhost)));
    assertTrue(
        refused(ErrorCode.UNSUPPORTED, () -> refuseUnsupported(seccomp, true)).contains("seccomp"));
  }

  @Test
  void userNamespace_asKubeletAsksForIt_isValid() {
    PodRequests.validate(pod(users(NamespaceMode.POD, mapping(0))));
    PodRequests.validate(pod(users(NamespaceMode.NODE)));
  }

  @Test
  void userNamespace_otherwise_namesTheField() {
    for (NamespaceOption.Builder wrong :
        new NamespaceOption.Builder[] {
          users(NamespaceMode.POD),
          users(NamespaceMode.POD, mapping(0), mapping(0)),
          users(NamespaceMode.POD, mapping(1)),
          users(NamespaceMode.NODE, mapping(0)),
          users(NamespaceMode.CONTAINER),
          users(NamespaceMode.TARGET)
        }) {
      String message = refused(ErrorCode.INVALID_ARGUMENT, () -> PodRequests.validate(pod(wrong)));
      assertTrue(message.contains("userns_options"), message);
    }
  }
}
