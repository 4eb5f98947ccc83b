package dev.cofferdam.shim.sandboxnode;

import dev.cofferdam.policy.node.NodeCondition;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether containerd answers, and is still the one that the walls were proved with: each start of
 * it makes its socket anew. Thread-safe.
 */
public final class ContainerdWatch implements AutoCloseable {
  static final String TYPE = NodeCondition.CONTAINERD_ANSWERS;

  private static final Logger LOG = LoggerFactory.getLogger(ContainerdWatch.class);
  private static final Duration LOOK = Duration.ofSeconds(5);

  /** A containerd whose socket is the same may hang. */
  private static final int LOOKS_BETWEEN_QUESTIONS = 12;

  /** What was seen last; a version that is null was not told, for the reason. */
  private record Seen(String socket, @Nullable String version, String reason) {}

  private final Path socket;
  private final Supplier<String> version;
  private final Runnable replaced;
  private final Runnable news;
  private final Thread thread = Thread.ofVirtual().name("containerd-watch").unstarted(this::run);
  private @Nullable String answeredOn;
  private int looks;
  private volatile @Nullable Seen seen;

  /**
   * @param version asks containerd under a deadline; fails with {@link SandboxException}
   * @param replaced runs when another containerd answers than before
   * @param news runs when it begins or ceases to answer
   */
  public ContainerdWatch(Path socket, Supplier<String> version, Runnable replaced, Runnable news) {
    this.socket = socket;
    this.version = version;
    this.replaced = replaced;
    this.news = news;
  }

  public void start() {
    thread.start();
  }

  private void run() {
    try {
      while (true) {
        look();
        Thread.sleep(LOOK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // close() asks us to end
    }
  }

  void look() {
    Seen before = seen;
    String identity = identity();
    boolean known = before != null && before.version() != null && before.socket().equals(identity);
    looks = known ? looks + 1 : 0;
    if (known && looks < LOOKS_BETWEEN_QUESTIONS) {
      return;
    }
    looks = 0;
    Seen now = ask(identity);
    seen = now;
    if (before == null || (before.version() == null) != (now.version() == null)) {
      if (now.version() == null) {
        LOG.warn("{}", now.reason());
      }
      news.run();
    }
    if (now.version() == null) {
      return;
    }
    if (answeredOn != null && !answeredOn.equals(identity)) {
      LOG.info("{} was started anew: the node is checked anew", now.version());
      replaced.run();
    }
    answeredOn = identity;
  }

  private Seen ask(String identity) {
    try {
      return new Seen(identity, version.get(), "");
    } catch (SandboxException e) {
      return new Seen(identity, null, String.valueOf(e.getMessage()));
    }
  }

  /** Inode numbers are used again, so not by them alone. */
  private String identity() {
    try {
      return "%s %s"
          .formatted(
              Files.getAttribute(socket, "unix:ino"), Files.getLastModifiedTime(socket).toMillis());
    } catch (IOException e) {
      return "none";
    }
  }

  /** What is to be told, given what was told before; nothing before the first look. */
  public List<NodeCondition> conditions(List<NodeCondition> told) {
    Seen now = seen;
    return now == null ? List.of() : List.of(ConditionTimes.since(told, condition(now)));
  }

  private static NodeCondition condition(Seen now) {
    @Nullable String version = now.version();
    return version == null
        ? new NodeCondition(TYPE, "False", "Away", now.reason(), null)
        : new NodeCondition(TYPE, "True", "Answers", version + " answers", null);
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
