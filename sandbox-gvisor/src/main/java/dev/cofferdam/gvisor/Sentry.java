package dev.cofferdam.gvisor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.gvisor.ControlSocket.Refused;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.UnixSockets;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExecProcess;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.sandbox.Usage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The questions that a sentry answers on its control socket ({@code runsc/boot/controller.go}). */
final class Sentry implements Control {
  private static final String CREATE = "containerManager.CreateSubcontainer";
  private static final String DESTROY = "containerManager.DestroySubcontainer";
  private static final String EVENT = "containerManager.Event";
  private static final String EXECUTE = "containerManager.ExecuteAsync";
  private static final String MEMORY = "Usage.Collect";
  private static final String PORT_FORWARD = "containerManager.PortForward";
  private static final String PROCESSES = "containerManager.Processes";
  private static final String READ = "Fs.Read";
  private static final String SIGNAL = "containerManager.Signal";
  private static final String WAIT = "containerManager.Wait";
  private static final int MOST_OF_A_VERSION = 4096;
  private static final String WAIT_PID = "containerManager.WaitPID";

  private final ControlSocket socket;

  Sentry(ControlSocket socket) {
    this.socket = socket;
  }

  @Override
  public int awaitExit(String containerId) throws IOException, Refused {
    return (int) number(WAIT, socket.await(WAIT, containerId));
  }

  /** Asks for the end of a process that {@link #execute} started; {@link #exit} has the answer. */
  void wantExit(ControlConnection connection, String containerId, long pid, Deadline deadline)
      throws IOException, InterruptedException {
    ObjectNode argument = ControlConnection.object().put("CID", containerId).put("PID", pid);
    connection.ask(WAIT_PID, argument, List.of(), deadline.remaining());
  }

  /**
   * The wait status of the process that was asked for; empty when it has not ended in time.
   *
   * @throws IOException when the sandbox ends before that
   */
  Optional<Integer> exit(ControlConnection connection, Duration patience)
      throws IOException, InterruptedException, Refused {
    Optional<JsonNode> answer = socket.answer(connection, WAIT_PID, patience);
    return answer.isEmpty() ? Optional.empty() : Optional.of((int) number(WAIT_PID, answer.get()));
  }

  /**
   * A connection for {@link #execute}, and for waiting after it: the sentry has one less to take.
   */
  ControlConnection connect() {
    return socket.open(EXECUTE);
  }

  /**
   * Makes a created container anew, with a terminal: what {@code runsc create --console-socket}
   * does, but with a terminal of ours instead of one that runsc opens.
   */
  @Override
  public void giveTerminal(String containerId, Stdio stdio, Deadline deadline) {
    Path slave =
        stdio
            .stdout()
            .orElseThrow(
                () ->
                    new SandboxException(
                        ErrorCode.INVALID_ARGUMENT,
                        "container " + containerId + " wants a terminal and was given none"));
    try (Fd terminal = Fd.open(slave, Fd.O_RDWR | Fd.O_NOCTTY, 0)) {
      socket.call(DESTROY, containerId, deadline);
      ObjectNode argument = ControlConnection.object().put("CID", containerId);
      socket.call(CREATE, argument, List.of(terminal), deadline);
    } catch (IOException e) {
      throw Failures.io("opening terminal " + slave, e);
    } catch (Refused e) {
      throw refused(CREATE, containerId, e);
    }
  }

  /**
   * Starts a process beside a container's first one.
   *
   * @param streams its descriptors 0, 1 and 2; a single one is all three, a terminal
   * @return its ID, as {@link #signal} and {@link #wantExit} want it
   */
  long execute(
      ControlConnection connection,
      String containerId,
      ProcessSpec process,
      List<Fd> streams,
      Deadline deadline)
      throws Refused {
    // Field names: pkg/sentry/control/proc.go, ExecArgs.
    ObjectNode argument = ControlConnection.object().put("ContainerID", containerId);
    OciSpec.addAll(argument.putArray("argv"), process.args());
    OciSpec.addAll(argument.putArray("envv"), process.environment());
    String folder = process.workingDirectory();
    argument.put("wd", folder.isEmpty() ? "/" : folder);
    argument.put("KUID", process.user().uid()).put("KGID", process.user().gid());
    ArrayNode groups = argument.putArray("ExtraKGIDs");
    process.user().supplementaryGroups().forEach(groups::add);
    argument.put("NoNewPrivileges", process.noNewPrivileges());
    long mask = Capability.mask(process.capabilities());
    long ambient = Capability.mask(process.ambientCapabilities());
    ObjectNode capabilities = argument.putObject("Capabilities");
    capabilities.put("BoundingCaps", mask).put("PermittedCaps", mask).put("EffectiveCaps", mask);
    capabilities.put("InheritableCaps", ambient).put("AmbientCaps", ambient);
    argument.put("StdioIsPty", process.terminal()).put("SupportTTYs", true);
    argument.putArray("GuestFDs").add(0).add(1).add(2);
    Fd first = streams.getFirst();
    List<Fd> fds = process.terminal() ? List.of(first, first, first) : streams;
    long pid = number(EXECUTE, socket.call(connection, EXECUTE, argument, fds, deadline));
    if (pid <= 0) {
      // To the sentry 0 is the container's first process: signals would go there.
      throw socket.nonsense(EXECUTE, "the process ID " + pid, null);
    }
    return pid;
  }

  /** A wrong answer must not become an exit code of 0. */
  private long number(String method, JsonNode answer) {
    if (!answer.canConvertToInt() || !answer.isIntegralNumber()) {
      throw socket.nonsense(method, "no number", null);
    }
    return answer.longValue();
  }

  @Override
  public ExecProcess exec(
      String containerId, ProcessSpec process, Layout layout, Deadline deadline) {
    return SentryExec.start(containerId, process, this, deadline);
  }

  @Override
  public void forward(int port, Path listening, Deadline deadline) throws IOException, Refused {
    ObjectNode argument =
        ControlConnection.object().put("ContainerID", Layout.ROOT_CONTAINER).put("Port", port);
    try (Fd stream = UnixSockets.connect(listening)) {
      stream.setNonBlocking(false);
      socket.call(PORT_FORWARD, argument, List.of(stream), deadline);
    }
  }

  @Override
  public void signal(String containerId, int signal, Delivery delivery, Deadline deadline)
      throws Refused {
    signal(containerId, 0, signal, delivery, deadline);
  }

  /**
   * @param pid in the sandbox's root PID namespace; 0 is the container's first process
   */
  void signal(String containerId, long pid, int signal, Delivery delivery, Deadline deadline)
      throws Refused {
    ObjectNode argument =
        ControlConnection.object()
            .put("CID", containerId)
            .put("PID", pid)
            .put("Signo", signal)
            .put("Mode", delivery.mode);
    socket.call(SIGNAL, argument, deadline);
  }

  /** Out of the root container, which is ours: no workload's mount can be in the way there. */
  @Override
  public String kernel(Deadline deadline) {
    try {
      Path answer = Files.createTempFile("gvisor-kernel", ".txt");
      try (Fd file = Fd.open(answer, Fd.O_RDWR, 0)) {
        ObjectNode argument =
            ControlConnection.object()
                .put("container_id", Layout.ROOT_CONTAINER)
                .put("path", "/proc/version")
                .put("size", MOST_OF_A_VERSION);
        socket.call(READ, argument, List.of(file), deadline);
        return Files.readString(answer, StandardCharsets.ISO_8859_1).strip();
      } finally {
        Files.delete(answer);
      }
    } catch (IOException e) {
      throw Failures.io("asking the sentry for its kernel", e);
    } catch (Refused e) {
      throw refused(READ, Layout.ROOT_CONTAINER, e);
    }
  }

  @Override
  public List<Long> processes(String containerId, Deadline deadline) {
    List<Long> pids = new ArrayList<>();
    for (JsonNode process : ask(PROCESSES, containerId, deadline)) {
      pids.add(process.path("pid").longValue());
    }
    return pids;
  }

  @Override
  public Usage usage(String containerId, Deadline deadline) {
    JsonNode answer = ask(EVENT, containerId, deadline);
    JsonNode data = answer.path("event").path("data");
    return new Usage(
        Instant.now(),
        answer.path("containerUsage").path(containerId).longValue(),
        data.path("memory").path("usage").path("usage").longValue(),
        data.path("pids").path("current").longValue());
  }

  @Override
  public Usage sandboxUsage(Deadline deadline) {
    long cpuNanos = 0;
    for (JsonNode container : ask(EVENT, Layout.ROOT_CONTAINER, deadline).path("containerUsage")) {
      cpuNanos += container.longValue();
    }
    try {
      JsonNode memory = socket.call(MEMORY, ControlConnection.object().put("Full", true), deadline);
      long pids = ask(PROCESSES, "", deadline).size();
      return new Usage(Instant.now(), cpuNanos, memory.path("Total").longValue(), pids);
    } catch (Refused e) {
      throw refused(MEMORY, Layout.ROOT_CONTAINER, e);
    }
  }

  @Override
  public long mappedFileBytes(Deadline deadline) {
    try {
      ObjectNode argument = ControlConnection.object().put("Full", false);
      return socket.call(MEMORY, argument, deadline).path("Mapped").longValue();
    } catch (Refused e) {
      throw refused(MEMORY, Layout.ROOT_CONTAINER, e);
    }
  }

  private JsonNode ask(String method, String containerId, Deadline deadline) {
    try {
      return socket.call(method, containerId, deadline);
    } catch (Refused e) {
      throw refused(method, containerId, e);
    }
  }

  static SandboxException refused(String method, String containerId, Refused e) {
    boolean gone = String.valueOf(e.getMessage()).contains("does not exist");
    return new SandboxException(
        gone ? ErrorCode.NOT_FOUND : ErrorCode.WRONG_STATE,
        "the sentry refuses " + method + " for container " + containerId + ": " + e.getMessage(),
        e);
  }
}
