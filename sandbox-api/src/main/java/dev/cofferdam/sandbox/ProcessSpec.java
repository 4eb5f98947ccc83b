package dev.cofferdam.sandbox;

import java.util.List;
import java.util.Set;

/**
 * A process inside a container.
 *
 * @param args program and arguments; not empty
 * @param environment as {@code NAME=value}
 * @param workingDirectory absolute path inside
 * @param user numeric identity
 * @param capabilities bounding, effective and permitted sets, as {@code CAP_NET_BIND_SERVICE}
 * @param ambientCapabilities also kept over an exec by a user that isn't root
 * @param noNewPrivileges whether setuid programs gain nothing
 * @param terminal whether its standard streams are one terminal
 */
public record ProcessSpec(
    List<String> args,
    List<String> environment,
    String workingDirectory,
    User user,
    Set<String> capabilities,
    Set<String> ambientCapabilities,
    boolean noNewPrivileges,
    boolean terminal) {

  /** Numeric user, group and supplementary groups. */
  public record User(long uid, long gid, List<Long> supplementaryGroups) {
    public static final User ROOT = new User(0, 0, List.of());

    public User {
      supplementaryGroups = List.copyOf(supplementaryGroups);
    }
  }

  public ProcessSpec {
    args = List.copyOf(args);
    environment = List.copyOf(environment);
    capabilities = Set.copyOf(capabilities);
    ambientCapabilities = Set.copyOf(ambientCapabilities);
  }
}
