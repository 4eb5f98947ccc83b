package dev.cofferdam.shim.container;

import dev.cofferdam.linux.FdInput;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.shim.live.Steps;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Reads a stream to its end, and keeps its first bytes. What is there already is read at once; a
 * thread is for what may be waited for.
 */
final class BoundedOutput {
  private static final int CHUNK_BYTES = 8192;
  private static final int PIPE_BYTES = 64 << 10;

  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  private final CompletableFuture<Void> end = new CompletableFuture<>();
  private final int most;

  private BoundedOutput(int most) {
    this.most = most;
  }

  /**
   * Begins to read.
   *
   * @param most bytes that are kept; what follows is read and dropped
   */
  static BoundedOutput of(InputStream stream, int most) {
    BoundedOutput output = new BoundedOutput(most);
    byte[] chunk = new byte[CHUNK_BYTES];
    if (!(stream instanceof FdInput ready && output.readAll(ready, chunk))) {
      Thread.ofVirtual().name("exec-output").start(() -> output.read(stream, chunk));
    }
    return output;
  }

  /** Reads no more than a pipe holds, for its writer may write on; whether that was all. */
  private boolean readAll(FdInput stream, byte[] chunk) {
    try {
      for (int room = PIPE_BYTES; room >= 0; ) {
        int n = stream.readNow(chunk, 0, chunk.length);
        if (n == 0) {
          return false;
        }
        if (n < 0) {
          end.complete(null);
          return true;
        }
        keep(chunk, n);
        room -= n;
      }
      return false;
    } catch (IOException closed) {
      end.complete(null); // as below
      return true;
    }
  }

  private void read(InputStream stream, byte[] chunk) {
    try {
      for (int n = stream.read(chunk); n >= 0; n = stream.read(chunk)) {
        keep(chunk, n);
      }
    } catch (IOException closed) {
      // The reader is no longer wanted, or the process is gone: what was read counts.
    } finally {
      end.complete(null);
    }
  }

  private synchronized void keep(byte[] chunk, int length) {
    kept.write(chunk, 0, Math.min(length, most - kept.size()));
  }

  /** What was kept when the stream ended, or at the deadline if that is earlier. */
  byte[] by(Deadline deadline) {
    try {
      end.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      // Somebody holds it open; what is there is what counts.
    } catch (InterruptedException | ExecutionException e) {
      throw Steps.failure("read a command's output", e);
    }
    synchronized (this) {
      return kept.toByteArray();
    }
  }
}
