package dev.cofferdam.shim.cni;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether pods could be attached, for callers who ask often and must not wait long: a plugin asked
 * for its STATUS may hang. Thread-safe.
 */
public final class NetworkHealth {
  /** kubelet asks for the runtime's status every five seconds. */
  private static final Duration FRESH = Duration.ofSeconds(4);

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Supplier<Optional<String>> ask;
  private final Duration fresh;
  private final Duration patience;
  private final LongSupplier nanoClock;
  private @Nullable CompletableFuture<Answer> asking;
  private @Nullable Answer last;

  private record Answer(Optional<String> reason, long at) {}

  public NetworkHealth(Cni cni) {
    this(cni::notReadyReason, FRESH, PATIENCE, System::nanoTime);
  }

  /**
   * @param ask gives the reason why not; may take long
   * @param fresh how old an answer may be
   * @param patience how long to wait for a newer one
   */
  NetworkHealth(
      Supplier<Optional<String>> ask, Duration fresh, Duration patience, LongSupplier nanoClock) {
    this.ask = ask;
    this.fresh = fresh;
    this.patience = patience;
    this.nanoClock = nanoClock;
  }

  /** Why no pod could be attached; empty if the network is ready. */
  public Optional<String> notReadyReason() throws InterruptedException {
    CompletableFuture<Answer> answer = asked();
    try {
      return answer.get(patience.toNanos(), TimeUnit.NANOSECONDS).reason();
    } catch (TimeoutException e) {
      return Optional.of("CNI plugins do not answer STATUS");
    } catch (ExecutionException e) {
      return Optional.of(String.valueOf(e.getCause()));
    }
  }

  /** One question at a time, whoever waits for it. */
  private synchronized CompletableFuture<Answer> asked() {
    if (last != null && nanoClock.getAsLong() - last.at() < fresh.toNanos()) {
      return CompletableFuture.completedFuture(last);
    }
    CompletableFuture<Answer> running = asking;
    if (running == null) {
      CompletableFuture<Answer> question = new CompletableFuture<>();
      asking = question;
      Thread.ofVirtual().name("cni-status").start(() -> answer(question));
      return question;
    }
    return running;
  }

  private void answer(CompletableFuture<Answer> question) {
    try {
      Answer answer = new Answer(ask.get(), nanoClock.getAsLong());
      answered(answer);
      question.complete(answer);
    } catch (RuntimeException e) {
      answered(null);
      question.completeExceptionally(e);
    }
  }

  private synchronized void answered(@Nullable Answer answer) {
    last = answer;
    asking = null;
  }
}
