package dev.cofferdam.shim.live;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.state.SandboxRecord;
import dev.cofferdam.shim.state.StateStore;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A pod sandbox that this shim knows of, with its containers. Thread-safe. */
public final class Pod {
  private final String id;
  private final Recorded<SandboxRecord> record;
  private final Turn turn;
  private final ConcurrentMap<String, PodContainer> containers = new ConcurrentHashMap<>();
  private final RecentCalls calls = new RecentCalls();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private volatile @Nullable Sandbox sandbox;

  /**
   * @param record as it is on disk
   */
  public Pod(SandboxRecord record, StateStore store) {
    this.id = record.id();
    this.record = new Recorded<>(record, store::save);
    this.turn = new Turn("pod sandbox " + id);
  }

  public String id() {
    return id;
  }

  public SandboxRecord record() {
    return record.get();
  }

  public boolean ready() {
    return record().phase() == SandboxRecord.Phase.READY;
  }

  /** Whether something of it is left that could not be cleaned up. */
  public boolean left() {
    return record().phase() == SandboxRecord.Phase.CLEANUP_PENDING;
  }

  /** The running sandbox; empty once it has ended. */
  public Optional<Sandbox> sandbox() {
    return Optional.ofNullable(sandbox);
  }

  /**
   * The running sandbox.
   *
   * @throws SandboxException WRONG_STATE when it does not run
   */
  public Sandbox running() {
    Sandbox running = sandbox;
    if (running == null || !ready()) {
      String why = record().note().isBlank() ? "" : " (" + record().note() + ")";
      throw new SandboxException(
          ErrorCode.WRONG_STATE, "pod sandbox " + id + " is not running" + why);
    }
    return running;
  }

  public void runsIn(Sandbox running) {
    this.sandbox = running;
  }

  /** The sandbox is over: wakes who waits in {@link #awaitEnded}. */
  public void ended() {
    sandbox = null;
    ended.complete(null);
  }

  /** Completes when the sandbox has ended. */
  public CompletableFuture<Void> awaitEnded() {
    return ended.copy();
  }

  /** The last calls about it, for who looks for a fault. */
  public RecentCalls calls() {
    return calls;
  }

  /** The pod's containers, the oldest first. */
  public List<PodContainer> containers() {
    return containers.values().stream()
        .sorted(
            Comparator.<PodContainer>comparingLong(each -> each.record().createdAtNanos())
                .thenComparing(PodContainer::id))
        .toList();
  }

  void add(PodContainer container) {
    containers.put(container.id(), container);
  }

  void remove(PodContainer container) {
    containers.remove(container.id());
  }

  /** Waits for one's turn to change this pod; another pod is never in the way. */
  public Turn.Taken takeTurn(String act, Deadline deadline) {
    return turn.take(act, deadline);
  }

  /** Writes to disk what is about to be done. */
  public SandboxRecord announce(UnaryOperator<SandboxRecord> change) {
    return record.announce(change);
  }

  /** Takes note of what has happened. */
  public SandboxRecord observe(UnaryOperator<SandboxRecord> change) {
    return record.observe(change);
  }

  /** Writes what could not be written before, here and in the containers. */
  public void catchUp() {
    record.catchUp();
    containers.values().forEach(PodContainer::catchUp);
  }

  /** Nothing of it is written any more. */
  public void forget() {
    record.forget();
  }
}
