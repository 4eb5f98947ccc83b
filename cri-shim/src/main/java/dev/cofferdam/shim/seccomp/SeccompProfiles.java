package dev.cofferdam.shim.seccomp;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.cri.v1.LinuxContainerSecurityContext;
import dev.cofferdam.cri.v1.SecurityProfile;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** From what CRI asks for to a profile in a file of the container's own. */
public final class SeccompProfiles {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FILE = "seccomp.json";

  private SeccompProfiles() {}

  /**
   * Writes the container's profile: what is in a file of the node's may change, and a container
   * keeps what it was made with.
   *
   * @param capabilities on which RuntimeDefault depends
   * @param folder of the container, there already
   * @return the file; empty where system calls are not filtered: Unconfined, no profile, and
   *     privileged, as containerd has it
   * @throws SandboxException INVALID_ARGUMENT for a profile of the node's that cannot be used
   */
  public static Optional<Path> write(
      LinuxContainerSecurityContext security, Set<String> capabilities, Path folder)
      throws IOException {
    Optional<ObjectNode> profile = profile(security, capabilities);
    if (profile.isEmpty()) {
      return Optional.empty();
    }
    Path file = folder.resolve(FILE);
    Files.write(file, JSON.writeValueAsBytes(profile.get()));
    return Optional.of(file);
  }

  private static Optional<ObjectNode> profile(
      LinuxContainerSecurityContext security, Set<String> capabilities) {
    if (!security.hasSeccomp() || security.getPrivileged()) {
      return Optional.empty();
    }
    SecurityProfile asked = security.getSeccomp();
    return switch (asked.getProfileType()) {
      case Unconfined -> Optional.empty();
      case RuntimeDefault -> Optional.of(DefaultSeccomp.profile(capabilities));
      case Localhost -> Optional.of(SeccompForm.read(file(asked.getLocalhostRef())));
      case UNRECOGNIZED -> throw invalid("type " + asked.getProfileTypeValue() + " is not known");
    };
  }

  /** kubelet gives the whole path. */
  private static Path file(String reference) {
    if (!reference.startsWith("/") || reference.indexOf('\0') >= 0) {
      throw invalid("localhost_ref \"" + reference + "\" is no absolute path");
    }
    return Path.of(reference);
  }

  private static SandboxException invalid(String why) {
    return new SandboxException(
        ErrorCode.INVALID_ARGUMENT, "config.linux.security_context.seccomp: " + why);
  }
}
