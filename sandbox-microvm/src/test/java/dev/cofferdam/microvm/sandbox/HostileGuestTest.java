package dev.cofferdam.microvm.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.cofferdam.linux.Fifo;
import dev.cofferdam.microvm.guest.GuestClient;
import dev.cofferdam.microvm.guest.GuestLoop;
import dev.cofferdam.microvm.guest.v1.AcknowledgeOutputRequest;
import dev.cofferdam.microvm.guest.v1.AcknowledgeOutputResponse;
import dev.cofferdam.microvm.guest.v1.ContainerState;
import dev.cofferdam.microvm.guest.v1.GetStateRequest;
import dev.cofferdam.microvm.guest.v1.GetStateResponse;
import dev.cofferdam.microvm.guest.v1.GuestGrpc;
import dev.cofferdam.microvm.guest.v1.HelloRequest;
import dev.cofferdam.microvm.guest.v1.HelloResponse;
import dev.cofferdam.microvm.guest.v1.OutputChunk;
import dev.cofferdam.microvm.guest.v1.OutputRequest;
import dev.cofferdam.microvm.guest.v1.StandardStream;
import dev.cofferdam.microvm.guest.v1.WaitRequest;
import dev.cofferdam.microvm.guest.v1.WriteInputRequest;
import dev.cofferdam.microvm.guest.v1.WriteInputResponse;
import dev.cofferdam.microvm.monitor.MachineFolder;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.testing.Eventually;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The host's side against a guest that lies. It needs no machine: any Unix socket can be one. */
class HostileGuestTest {
  /** Its words about hosts that hang up are of no use; held, for else it is forgotten. */
  private static final Logger SERVER = Logger.getLogger("io.grpc.netty.NettyServerHandler");

  static {
    SERVER.setLevel(Level.OFF);
  }

  private static final GuestLoop LOOP = new GuestLoop();
  private static final int MIB = 1 << 20;

  /** What a guest may be ahead of its reader: gRPC's window, sockets, and what is on the way. */
  private static final long MOST_AHEAD = 4 * MIB;

  @TempDir Path folder;

  private final StoppableMachine machine = new StoppableMachine();
  private @Nullable LyingGuest guest;
  private @Nullable GuestClient client;

  private void behave(LyingGuest.Lie lie) throws IOException {
    guest = LyingGuest.withBytes(folder.resolve("v"), lie);
    client = new GuestClient(LOOP, folder.resolve("v"), machine::isRunning);
  }

  private void behave(GuestGrpc.GuestImplBase agent) throws IOException {
    guest = LyingGuest.withAgent(folder.resolve("v"), agent);
    client = new GuestClient(LOOP, folder.resolve("v"), machine::isRunning);
  }

  @AfterEach
  void end() throws Exception {
    machine.stop(Deadline.after(Duration.ofSeconds(1)));
    client().close();
    Objects.requireNonNull(guest).close();
  }

  private GuestClient client() {
    return Objects.requireNonNull(client);
  }

  private SandboxEnd sandbox() {
    return new SandboxEnd("s", machine, new MachineFolder(folder, folder, "cofferdam-s"));
  }

  private SandboxException hello(Duration within) {
    return assertThrows(
        SandboxException.class, () -> GuestSetup.hello(client(), Deadline.after(within)));
  }

  enum Nonsense {
    SILENCE,
    ENDLESS_LINE,
    RESET,
    NO_HTTP,
    ENDLESS_BYTES
  }

  @ParameterizedTest
  @EnumSource
  void call_nonsenseBelowGrpc_failsByItsDeadline(Nonsense nonsense) throws Exception {
    AtomicLong sent = new AtomicLong();
    behave(
        (in, out) -> {
          switch (nonsense) {
            case SILENCE -> in.transferTo(java.io.OutputStream.nullOutputStream());
            case RESET -> {}
            case NO_HTTP ->
                out.write("OK 1\nHTTP/1.0 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            case ENDLESS_LINE, ENDLESS_BYTES -> {
              byte[] bytes = new byte[MIB];
              java.util.Arrays.fill(bytes, (byte) 'O');
              if (nonsense == Nonsense.ENDLESS_BYTES) {
                out.write("OK 1\n".getBytes(StandardCharsets.US_ASCII));
              }
              while (sent.get() < 1 << 30) {
                out.write(bytes);
                sent.addAndGet(bytes.length);
              }
            }
          }
        });
    long start = System.nanoTime();
    SandboxException failed = hello(Duration.ofSeconds(1));
    assertTrue(System.nanoTime() - start < Duration.ofSeconds(20).toNanos());
    String message = String.valueOf(failed.getMessage());
    assertTrue(message.startsWith("greeting the guest"), message);
    assertTrue(sent.get() < 1 << 30, "the host read all of it");
  }

  @Test
  void hello_oversized_isRefused() throws Exception {
    behave(
        new Agent() {
          @Override
          public void hello(HelloRequest request, StreamObserver<HelloResponse> answer) {
            answer.onNext(HelloResponse.newBuilder().setKernel("k".repeat(8 * MIB)).build());
            answer.onCompleted();
          }
        });
    assertEquals(ErrorCode.RESOURCE_EXHAUSTED, hello(Duration.ofSeconds(30)).code());
  }

  /** Two bytes each on the way, and thirty times as much once they are objects. */
  @Test
  void state_ofAMillionContainers_isRefusedBeforeItIsHeld() throws Exception {
    behave(
        new Agent() {
          @Override
          public void getState(GetStateRequest request, StreamObserver<GetStateResponse> answer) {
            GetStateResponse.Builder all = GetStateResponse.newBuilder();
            for (int i = 0; i < 1_000_000; i++) {
              all.addContainers(ContainerState.getDefaultInstance());
            }
            answer.onNext(all.build());
            answer.onCompleted();
          }
        });
    Deadline deadline = Deadline.after(Duration.ofSeconds(60));
    SandboxException refused =
        assertThrows(
            SandboxException.class,
            () ->
                client()
                    .call(
                        "asking for containers",
                        deadline,
                        stub -> stub.getState(GetStateRequest.getDefaultInstance())));
    assertEquals(ErrorCode.RESOURCE_EXHAUSTED, refused.code());
  }

  enum Patient {
    WAIT,
    OUTPUT
  }

  @ParameterizedTest
  @EnumSource
  void guestThatHangsUpEachTime_isAskedSeldom_untilItsMachineEnds(Patient patient)
      throws Exception {
    AtomicLong asked = new AtomicLong();
    behave((in, out) -> asked.incrementAndGet());
    Thread asking =
        switch (patient) {
          case OUTPUT -> pump(sandbox());
          case WAIT ->
              Thread.ofVirtual()
                  .start(
                      () ->
                          assertThrows(
                              SandboxException.class,
                              () -> client().await(WaitRequest.getDefaultInstance(), "waiting")));
        };
    Eventually.get("it is asked again", () -> Optional.of(asked.get()).filter(n -> n > 2));
    long before = asked.get();
    Thread.sleep(Duration.ofSeconds(2));
    assertTrue(asked.get() - before <= 21, () -> asked + " times");
    machine.stop(Deadline.after(Duration.ofSeconds(1)));
    asking.join(Duration.ofSeconds(30));
    assertFalse(asking.isAlive());
  }

  @Test
  void hello_longAndUnprintable_isShownAsOneShortLine() throws Exception {
    behave(
        new Agent() {
          @Override
          public void hello(HelloRequest request, StreamObserver<HelloResponse> answer) {
            String words = "evil\n\033[2J" + "x".repeat(MIB / 16);
            answer.onNext(HelloResponse.newBuilder().setKernel(words).setBootId(words).build());
            answer.onCompleted();
          }
        });
    HelloResponse hello = GuestSetup.hello(client(), Deadline.after(Duration.ofSeconds(30)));
    for (String shown : new String[] {GuestSetup.kernelOf(hello), GuestSetup.bootIdOf(hello)}) {
      assertTrue(shown.length() <= 200, shown);
      assertTrue(shown.startsWith("evil  [2J"), shown);
    }
  }

  @Test
  void error_longAndUnprintable_isShownAsOneShortLine() throws Exception {
    behave(
        new Agent() {
          @Override
          public void hello(HelloRequest request, StreamObserver<HelloResponse> answer) {
            String words = "no\r\n\007" + "x".repeat(5000);
            answer.onError(Status.INTERNAL.withDescription(words).asRuntimeException());
          }
        });
    String message = String.valueOf(hello(Duration.ofSeconds(30)).getMessage());
    assertTrue(message.length() < 1100, message);
    assertFalse(message.chars().anyMatch(Character::isISOControl), message);
  }

  enum Chunk {
    AHEAD,
    REPEATED,
    OVERSIZED,
    EMPTY,
    HUGE;

    OutputChunk at(long offset) {
      OutputChunk.Builder chunk = OutputChunk.newBuilder().setOffset(offset);
      return switch (this) {
        case AHEAD -> chunk.setOffset(Long.MIN_VALUE).setData(bytes(1)).build();
        case REPEATED -> chunk.setOffset(0).setData(bytes(1)).build();
        case OVERSIZED -> chunk.setData(bytes((64 << 10) + 1)).build();
        case EMPTY -> chunk.build();
        case HUGE -> chunk.setData(bytes(8 * MIB)).build();
      };
    }
  }

  private static ByteString bytes(int count) {
    return ByteString.copyFrom(new byte[count]);
  }

  @ParameterizedTest
  @EnumSource
  void output_brokenChunk_endsTheSandboxWithThatReason(Chunk chunk) throws Exception {
    behave(new Output(chunk::at));
    SandboxEnd end = sandbox();
    Thread pump = pump(end);
    Eventually.get("the sandbox ends", () -> Optional.of(machine.isRunning()).filter(b -> !b));
    pump.join(Duration.ofSeconds(30));
    assertFalse(pump.isAlive());
    assertTrue(end.reason().startsWith("the guest broke the protocol: output of"), end.reason());
  }

  @Test
  void execOutput_brokenChunk_endsTheSandboxWithThatReason() throws Exception {
    behave(new Output(Chunk.AHEAD::at));
    SandboxEnd end = sandbox();
    try (ExecOutput output =
        new ExecOutput(
            client(), GuestProcesses.first("c"), StandardStream.STANDARD_STREAM_STDOUT, end)) {
      assertEquals(0, output.read()); // the one good byte
      assertEquals(-1, output.read());
    }
    assertTrue(end.reason().startsWith("the guest broke the protocol"), end.reason());
  }

  /** Nobody reads the container's pipe: what the guest can send meanwhile is what we hold. */
  @Test
  void output_endlessAndNobodyReads_isHeldBack() throws Exception {
    Output agent = new Output(offset -> chunk(offset, 64 << 10));
    behave(agent);
    Thread pump = pump(sandbox());
    Eventually.get("it begins", () -> Optional.of(agent.sent.get()).filter(n -> n > MIB / 4));
    long before = -1;
    for (int same = 0; same < 5; same = agent.sent.get() == before ? same + 1 : 0) {
      before = agent.sent.get();
      Thread.sleep(Duration.ofMillis(100));
      assertTrue(before < MOST_AHEAD, () -> agent.sent + " bytes were taken");
    }
    assertTrue(machine.isRunning());
    pump.interrupt();
  }

  private static OutputChunk chunk(long offset, int count) {
    return OutputChunk.newBuilder().setOffset(offset).setData(bytes(count)).build();
  }

  @Test
  void input_takenMoreThanGiven_isRefused() throws Exception {
    behave(
        new Agent() {
          @Override
          public void writeInput(WriteInputRequest r, StreamObserver<WriteInputResponse> answer) {
            answer.onNext(WriteInputResponse.newBuilder().setOffset(1 << 20).build());
            answer.onCompleted();
          }
        });
    InputWriter writer = new InputWriter(client(), GuestProcesses.first("c"), () -> false);
    SandboxException refused =
        assertThrows(SandboxException.class, () -> writer.write(new byte[] {1}, 0, 1));
    assertEquals(ErrorCode.INTERNAL, refused.code());
  }

  @Test
  void input_neverTaken_isGivenUpByWhoWrites() throws Exception {
    AtomicLong asked = new AtomicLong();
    behave(
        new Agent() {
          @Override
          public void writeInput(WriteInputRequest r, StreamObserver<WriteInputResponse> answer) {
            asked.incrementAndGet();
            answer.onNext(WriteInputResponse.newBuilder().setOffset(0).build());
            answer.onCompleted();
          }
        });
    AtomicBoolean given = new AtomicBoolean();
    InputWriter writer = new InputWriter(client(), GuestProcesses.first("c"), given::get);
    Thread writing = Thread.ofVirtual().start(() -> writer.write(new byte[] {1}, 0, 1));
    Thread.sleep(Duration.ofSeconds(1));
    assertTrue(asked.get() <= 51, () -> asked + " times in a second");
    given.set(true);
    writing.join(Duration.ofSeconds(30));
    assertFalse(writing.isAlive());
  }

  private Thread pump(SandboxEnd end) throws IOException {
    Path pipe = folder.resolve("pipe");
    Fifo.create(pipe, 0600);
    OutputPump pump =
        new OutputPump(
            client(),
            GuestProcesses.first("c"),
            StandardStream.STANDARD_STREAM_STDOUT,
            pipe,
            folder.resolve("offset"),
            end);
    return Thread.ofVirtual().start(pump);
  }

  private abstract static class Agent extends GuestGrpc.GuestImplBase {}

  /** Sends a first good byte, and then such chunks for as long as the host takes them. */
  private static final class Output extends Agent {
    private final LongFunction<OutputChunk> next;
    private final AtomicLong sent = new AtomicLong();

    Output(LongFunction<OutputChunk> next) {
      this.next = next;
    }

    @Override
    public void output(OutputRequest request, StreamObserver<OutputChunk> answer) {
      var call = (ServerCallStreamObserver<OutputChunk>) answer;
      AtomicLong offset = new AtomicLong(request.getOffset());
      call.setOnReadyHandler(
          () -> {
            while (call.isReady()) {
              OutputChunk chunk = offset.get() == 0 ? chunk(0, 1) : next.apply(offset.get());
              call.onNext(chunk);
              offset.addAndGet(chunk.getData().size());
              sent.addAndGet(chunk.getData().size());
            }
          });
    }

    @Override
    public void acknowledgeOutput(
        AcknowledgeOutputRequest request, StreamObserver<AcknowledgeOutputResponse> answer) {
      answer.onNext(AcknowledgeOutputResponse.getDefaultInstance());
      answer.onCompleted();
    }
  }
}
