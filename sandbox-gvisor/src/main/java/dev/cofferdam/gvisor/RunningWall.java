package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.Wall;

/**
 * Which wall a sandbox has, asked of what runs: the kernel of the sentry itself, the platform of
 * the command line that the host's kernel keeps of the sentry's process, the version of the program
 * file that this process runs, which may have been replaced since.
 *
 * @param pid the sentry's
 */
record RunningWall(long pid, HostProcesses processes, Control control) {
  private static final String PLATFORM = "--platform=";

  Wall ask(Deadline deadline) {
    String platform =
        HostProcesses.arguments(pid).stream()
            .filter(argument -> argument.startsWith(PLATFORM))
            .map(argument -> argument.substring(PLATFORM.length()))
            .findFirst()
            .orElse("");
    // The process must still be the sandbox's when its arguments have been read.
    if (platform.isEmpty() || !processes.owns(pid)) {
      throw new SandboxException(
          ErrorCode.WRONG_STATE, "process " + pid + " is no longer this sandbox's sentry");
    }
    String kernel = control.kernel(deadline);
    String version = new RunscVersion("/proc/" + pid + "/exe").get(deadline);
    return new Wall("gVisor", platform, version, kernel, pid);
  }
}
