package dev.cofferdam.shim.container;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.state.ContainerRecord;
import java.util.ArrayList;
import java.util.List;

/** Commands that run in a container as its first process does: same user, place and variables. */
final class ExecSpecs {
  private static final String TERM = "TERM=";

  private ExecSpecs() {}

  static ProcessSpec of(ContainerRecord container, List<String> command, boolean terminal) {
    ProcessSpec first =
        container
            .spec()
            .orElseThrow(
                () ->
                    new SandboxException(
                        ErrorCode.WRONG_STATE, "container " + container.id() + " is not made yet"))
            .process();
    List<String> environment = new ArrayList<>(first.environment());
    if (terminal && environment.stream().noneMatch(variable -> variable.startsWith(TERM))) {
      environment.add(TERM + "xterm");
    }
    return new ProcessSpec(
        command,
        environment,
        first.workingDirectory(),
        first.user(),
        first.capabilities(),
        first.ambientCapabilities(),
        first.noNewPrivileges(),
        terminal);
  }
}
