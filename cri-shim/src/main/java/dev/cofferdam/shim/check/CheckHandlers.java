package dev.cofferdam.shim.check;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProbeResult;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.handler.Backends;
import dev.cofferdam.shim.handler.HandlerSource;
import dev.cofferdam.shim.handler.Placement;
import dev.cofferdam.shim.live.CheckPods;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The handlers that checks use, one for each variant of each backend. What was proved before counts
 * for nothing: a backend first boots something under a deadline, after which it ends what it has
 * started, since nothing else would end a sandbox that hangs while it is made.
 */
public final class CheckHandlers implements HandlerSource {
  private final Backends backends;
  private final Duration bootTimeout;
  private final Set<Thread> booting = ConcurrentHashMap.newKeySet();

  /**
   * @param bootTimeout how long the boot may take
   */
  public CheckHandlers(Backends backends, Duration bootTimeout) {
    this.backends = backends;
    this.bootTimeout = bootTimeout;
  }

  static String handlerOf(String backend, String variant) {
    return CheckPods.HANDLER_PREFIX + backend + "/" + variant;
  }

  @Override
  public boolean owns(String handler) {
    return handler.startsWith(CheckPods.HANDLER_PREFIX);
  }

  @Override
  public Placement place(String handler) {
    Placement asked = asked(handler);
    ProbeResult booted = boot(asked);
    if (!booted.works()) {
      throw new SandboxException(ErrorCode.NO_BACKEND, booted.detail());
    }
    return asked;
  }

  private ProbeResult boot(Placement asked) {
    Thread me = Thread.currentThread();
    booting.add(me);
    try {
      return backends.require(asked.backend()).probe(asked.variant(), bootTimeout);
    } finally {
      booting.remove(me);
    }
  }

  /** Ends the boots that are on their way, which may hang: somebody waits for all calls to end. */
  public void abort() {
    booting.forEach(Thread::interrupt);
  }

  @Override
  public Optional<Placement> expected(String handler) {
    return Optional.of(asked(handler));
  }

  private Placement asked(String handler) {
    String[] names = handler.substring(CheckPods.HANDLER_PREFIX.length()).split("/", 2);
    Backend backend = backends.require(names[0]);
    if (names.length != 2 || !backend.variants().contains(names[1])) {
      throw new SandboxException(
          ErrorCode.NO_BACKEND,
          "%s is no check of %s; it has %s".formatted(handler, names[0], backend.variants()));
    }
    return new Placement(backend.name(), names[1], false);
  }

  /** None: CRI's Status lists the handlers that pods may name. */
  @Override
  public List<String> names() {
    return List.of();
  }
}
