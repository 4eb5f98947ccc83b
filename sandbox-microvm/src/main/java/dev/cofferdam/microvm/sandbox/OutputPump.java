package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.linux.Epoll;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.microvm.Failures;
import dev.cofferdam.microvm.guest.GuestClient;
import dev.cofferdam.microvm.guest.v1.AcknowledgeOutputRequest;
import dev.cofferdam.microvm.guest.v1.OutputChunk;
import dev.cofferdam.microvm.guest.v1.OutputRequest;
import dev.cofferdam.microvm.guest.v1.ProcessRef;
import dev.cofferdam.microvm.guest.v1.StandardStream;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries what a container's process writes from the guest into the pipe that the shim reads. How
 * far it has come is in a file, and only that is acknowledged: the guest keeps the rest for the
 * next process of the shim.
 */
final class OutputPump implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(OutputPump.class);
  private static final Duration LONGEST_WAIT = Duration.ofHours(1);
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration RETRY_PAUSE = Duration.ofMillis(100);

  private final GuestClient guest;
  private final ProcessRef process;
  private final StandardStream stream;
  private final Path pipe;
  private final Path offsetFile;
  private final SandboxEnd end;

  OutputPump(
      GuestClient guest,
      ProcessRef process,
      StandardStream stream,
      Path pipe,
      Path offsetFile,
      SandboxEnd end) {
    this.guest = guest;
    this.end = end;
    this.process = process;
    this.stream = stream;
    this.pipe = pipe;
    this.offsetFile = offsetFile;
  }

  /** Returns when the stream has ended, or the guest. */
  @Override
  public void run() {
    String action = "reading the output of container " + process.getContainerId();
    try (Fd out = Fd.open(pipe, Fd.O_RDWR | Fd.O_NOCTTY | Fd.O_NONBLOCK, 0);
        Fd noted = Fd.open(offsetFile, Fd.O_RDWR | Fd.O_CREAT, 0600)) {
      Carried carried = new Carried(out, noted);
      while (!carried.ended && guest.isRunning() && !Thread.currentThread().isInterrupted()) {
        try {
          OutputRequest request =
              OutputRequest.newBuilder()
                  .setProcess(process)
                  .setStream(stream)
                  .setOffset(carried.offset)
                  .build();
          guest.output(request, action, carried::take);
          if (!carried.ended) {
            LockSupport.parkNanos(RETRY_PAUSE.toNanos()); // it hung up without a word
          }
        } catch (SandboxException e) {
          if (e.code() == ErrorCode.WRONG_STATE || e.code() == ErrorCode.NOT_FOUND) {
            return; // another shim took over, or the container is gone
          }
          OutputCheck.requireSize(e, process.getContainerId(), end);
          if (e.code() != ErrorCode.UNAVAILABLE && !carried.warned) {
            carried.warned = true; // a guest fails as often as it likes
            LOG.warn("{}: {}", action, e.getMessage());
          }
          LockSupport.parkNanos(RETRY_PAUSE.toNanos());
        }
      }
    } catch (SandboxException e) {
      LOG.warn("{}: {}", action, e.getMessage());
    } catch (IOException e) {
      // The shim took the pipe away: the container is being removed.
      LOG.debug("{} ended: {}", action, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Where an earlier process of the shim has left off; 0 at the start. */
  private static long read(Fd noted) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES);
    return noted.read(bytes, 0) == Long.BYTES ? bytes.flip().getLong() : 0;
  }

  /** How far it has come. */
  private final class Carried {
    private final Fd out;
    private final Fd noted;
    private long offset;
    private boolean ended;
    private boolean warned;

    Carried(Fd out, Fd noted) throws IOException {
      this.out = out;
      this.noted = noted;
      this.offset = read(noted);
    }

    boolean take(OutputChunk chunk) throws InterruptedException {
      OutputCheck.require(chunk, offset, process.getContainerId(), end);
      try {
        write(chunk.getData().asReadOnlyByteBuffer());
      } catch (IOException e) {
        throw Failures.io("writing output into " + pipe, e);
      }
      ended = chunk.getEnd();
      if (!chunk.getData().isEmpty()) {
        acknowledge();
      }
      return !ended;
    }

    private void write(ByteBuffer data) throws IOException, InterruptedException {
      while (data.hasRemaining()) {
        int count = out.write(data);
        if (count == 0) {
          var _ = out.await(Epoll.OUT, LONGEST_WAIT);
          continue;
        }
        offset += count;
        ByteBuffer number = ByteBuffer.allocate(Long.BYTES).putLong(offset).flip();
        var _ = noted.write(number, 0);
      }
    }

    private void acknowledge() {
      var _ =
          guest.call(
              "acknowledging output of container " + process.getContainerId(),
              Deadline.after(CALL_TIMEOUT),
              stub ->
                  stub.acknowledgeOutput(
                      AcknowledgeOutputRequest.newBuilder()
                          .setProcess(process)
                          .setStream(stream)
                          .setOffset(offset)
                          .build()));
    }
  }
}
