package dev.cofferdam.shim.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cofferdam.sandbox.SandboxException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The node's command line. */
@Command(
    name = "cofferdam",
    description = "Each Kubernetes pod behind a wall of its own.",
    mixinStandardHelpOptions = true,
    versionProvider = VersionCommand.Provider.class,
    subcommands = {
      CheckCommand.class,
      DebugCommand.class,
      ExplainCommand.class,
      NodeCommand.class,
      PodsCommand.class,
      ShimCommand.class,
      StatusCommand.class,
      VersionCommand.class
    })
public final class Cofferdam {
  private Cofferdam() {}

  public static void main(String[] arguments) {
    System.exit(execute(arguments));
  }

  private static int execute(String[] arguments) {
    try {
      if (Arrays.equals(arguments, new String[] {WarmUpRun.COMMAND})) {
        WarmUpRun.run();
        return 0;
      }
      Optional<ServiceLine> service = ServiceLine.of(arguments);
      if (service.isPresent()) {
        return Service.run(service.get());
      }
    } catch (Exception e) {
      return failed(e, new PrintWriter(System.err, true, UTF_8));
    }
    return commandLine().execute(arguments);
  }

  static CommandLine commandLine() {
    return new CommandLine(new Cofferdam())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> failed(failure, command.getErr()));
  }

  private static int failed(Exception failure, PrintWriter out) {
    out.println("cofferdam: " + inOneLine(failure));
    return 1;
  }

  /** What a person can act on: no stack trace for what has a message. */
  private static String inOneLine(Exception failure) {
    return switch (failure) {
      case SandboxException e -> String.valueOf(e.getMessage());
      case StatusRuntimeException e -> e.getStatus().getCode() + ": " + why(e.getStatus());
      case IOException e -> String.valueOf(e.getMessage());
      default -> failure.toString();
    };
  }

  /** "io exception" is all that gRPC itself says of a socket that is not there. */
  private static String why(Status status) {
    Throwable cause = status.getCause();
    while (cause != null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause == null ? String.valueOf(status.getDescription()) : cause.toString();
  }
}
