package dev.cofferdam.shim.front;

import io.grpc.Status;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * What is done around every call that we answer ourselves: readiness, a bound on how many run, a
 * virtual thread, the log line, the gRPC code. Of a request only IDs and names are logged: it may
 * hold secrets.
 */
final class OwnCalls implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OwnCalls.class);

  private final Ownership ownership;
  private final Gate gate;
  private final Semaphore slots;
  private final Duration closeTimeout;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("own-call-", 0).factory());

  OwnCalls(Ownership ownership, Gate gate, FrontSettings settings) {
    this.ownership = ownership;
    this.gate = gate;
    this.slots = new Semaphore(settings.maxOwnCalls());
    this.closeTimeout = settings.closeTimeout();
  }

  /** Why calls about ours cannot be answered yet. */
  Status notReady() {
    return Status.UNAVAILABLE.withDescription(ownership.notReadyReason());
  }

  /**
   * Runs the work in the current gRPC context's stead.
   *
   * @param name the method, for the log
   * @param subject what it is about, for the log
   * @return the answer, or a StatusRuntimeException
   */
  CompletableFuture<byte[]> start(String name, String subject, Callable<byte[]> work) {
    if (!ownership.ready()) {
      return CompletableFuture.failedFuture(notReady().asRuntimeException());
    }
    if (!slots.tryAcquire()) {
      return CompletableFuture.failedFuture(
          Status.RESOURCE_EXHAUSTED
              .withDescription("too many calls about sandboxed pods at once; try again later")
              .asRuntimeException());
    }
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    Runnable task = CallDeadline.outlivingTheCaller().wrap(() -> run(name, subject, work, answer));
    try {
      threads.execute(task);
    } catch (RuntimeException stopping) {
      slots.release();
      answer.completeExceptionally(
          Status.UNAVAILABLE.withDescription("the shim is stopping").asRuntimeException());
    }
    return answer;
  }

  /**
   * The same for work that may change a pod: it waits at the gate while pods change hands.
   *
   * @param elsewhere gets the answer of the next shim, when pods are its by then
   */
  CompletableFuture<byte[]> startChange(
      String name, String subject, Callable<byte[]> work, Callable<byte[]> elsewhere) {
    return start(
        name,
        subject,
        () -> {
          if (!gate.enter()) {
            return elsewhere.call();
          }
          if (isSession(name)) {
            // It may last, and changes nothing: it is not waited for.
            gate.leave();
            return work.call();
          }
          try {
            return work.call();
          } finally {
            gate.leave();
          }
        });
  }

  private static boolean isSession(String name) {
    return name.equals("ExecSync");
  }

  // Everything thrown ends this call only, an exhausted heap included.
  private void run(
      String name, String subject, Callable<byte[]> work, CompletableFuture<byte[]> answer) {
    long start = System.nanoTime();
    try {
      // The thread is this call's alone.
      MDC.put("rpc", name);
      ownership.describe(subject).forEach(MDC::put);
      byte[] result = work.call();
      log(name, subject, Status.OK, start);
      tellSubject();
      answer.complete(result);
    } catch (Throwable failure) {
      Status status = GrpcStatus.of(failure);
      log(name, subject, status, start);
      tellSubject();
      answer.completeExceptionally(status.asRuntimeException());
    } finally {
      slots.release();
    }
  }

  /** By now the work may have found more to say than the request had. */
  private static void tellSubject() {
    Map<String, String> fields = MDC.getCopyOfContextMap();
    if (fields != null) {
      CallObserver.Call.current().about(fields);
    }
  }

  private void log(String name, String subject, Status status, long start) {
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    if (!isFrequent(name) || !status.isOk()) {
      String why = status.isOk() ? "" : ": " + status.getDescription();
      ownership.answered(name, subject, status.getCode() + ", " + millis + " ms" + why);
    }
    if (status.isOk()) {
      // Kubelet lists and asks for status once a second: nobody reads that.
      if (isFrequent(name)) {
        LOG.debug("{} {}: OK, {} ms", name, subject, millis);
      } else {
        LOG.info("{} {}: OK, {} ms", name, subject, millis);
      }
    } else if (status.getCode() == Status.Code.INTERNAL) {
      LOG.error("{} {}: INTERNAL, {} ms", name, subject, millis, status.getCause());
    } else {
      LOG.warn(
          "{} {}: {}, {} ms: {}", name, subject, status.getCode(), millis, status.getDescription());
    }
  }

  private static boolean isFrequent(String name) {
    return name.startsWith("List")
        || name.startsWith("Stream")
        || name.endsWith("Status")
        || name.endsWith("Stats")
        || name.equals("ExecSync");
  }

  /** Lets what runs finish for a while, then interrupts it. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(closeTimeout.toMillis(), TimeUnit.MILLISECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
