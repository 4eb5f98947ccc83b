package dev.cofferdam.microvm.sandbox;

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
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;

/**
 * What a process in the guest writes, as a stream. A thread of its own reads ahead by one chunk;
 * the guest holds the rest back.
 */
final class ExecOutput extends InputStream {
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);

  /** How soon a reader notices that the stream was closed. */
  private static final Duration LOOK = Duration.ofMillis(100);

  private final GuestClient guest;
  private final ProcessRef process;
  private final StandardStream stream;
  private final SandboxEnd end;

  /** An empty one is the end. */
  private final SynchronousQueue<Optional<ByteBuffer>> chunks = new SynchronousQueue<>();

  private final Thread reader;
  private ByteBuffer current = ByteBuffer.allocate(0);
  private volatile boolean closed;
  private boolean ended;
  private long offset;

  ExecOutput(GuestClient guest, ProcessRef process, StandardStream stream, SandboxEnd end) {
    this.guest = guest;
    this.end = end;
    this.process = process;
    this.stream = stream;
    this.reader =
        Thread.ofVirtual().name("microvm-exec-" + process.getExecId()).start(this::readAhead);
  }

  private void readAhead() {
    String action = "reading the output of a process in container " + process.getContainerId();
    try {
      boolean ended = false;
      while (!ended && !closed && guest.isRunning()) {
        try {
          OutputRequest request =
              OutputRequest.newBuilder()
                  .setProcess(process)
                  .setStream(stream)
                  .setOffset(offset)
                  .build();
          guest.output(request, action, this::take);
          ended = true; // said so, or ended by itself
        } catch (SandboxException e) {
          if (e.code() != ErrorCode.UNAVAILABLE) {
            break;
          }
          Thread.sleep(20);
        }
      }
      closed = true;
      chunks.put(Optional.empty());
    } catch (InterruptedException e) {
      closed = true;
    }
  }

  /** Whether there is more to come. */
  private boolean take(OutputChunk chunk) throws InterruptedException {
    OutputCheck.require(chunk, offset, process.getContainerId(), end);
    if (!chunk.getData().isEmpty()) {
      chunks.put(Optional.of(chunk.getData().asReadOnlyByteBuffer()));
      offset += chunk.getData().size();
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
    return !chunk.getEnd();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (!current.hasRemaining()) {
      Optional<ByteBuffer> next = ended ? Optional.empty() : next();
      if (next.isEmpty()) {
        ended = true;
        return -1;
      }
      current = next.get();
    }
    int count = Math.min(length, current.remaining());
    current.get(bytes, from, count);
    return count;
  }

  private Optional<ByteBuffer> next() throws IOException {
    try {
      while (true) {
        Optional<ByteBuffer> chunk = chunks.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        if (chunk != null) {
          return chunk;
        }
        if (closed && !reader.isAlive()) {
          return Optional.empty();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }

  @Override
  public void close() {
    closed = true;
    reader.interrupt();
  }
}
