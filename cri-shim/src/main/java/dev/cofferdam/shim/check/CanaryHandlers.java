package dev.cofferdam.shim.check;

import static dev.cofferdam.shim.live.CheckPods.CANARY_PREFIX;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.handler.HandlerSource;
import dev.cofferdam.shim.handler.Placement;
import java.util.List;
import java.util.Optional;

/**
 * The handlers of an installer's canaries: each goes where pods of the handler go that it tries,
 * unseen by kubelet, which would end it ({@link dev.cofferdam.shim.live.CheckPods}).
 */
public final class CanaryHandlers implements HandlerSource {
  private final List<HandlerSource> tried;

  public CanaryHandlers(List<HandlerSource> tried) {
    this.tried = List.copyOf(tried);
  }

  @Override
  public boolean owns(String handler) {
    return handler.startsWith(CANARY_PREFIX);
  }

  @Override
  public Placement place(String handler) {
    return source(handler)
        .orElseThrow(
            () ->
                new SandboxException(
                    ErrorCode.NO_BACKEND, "this node has no runtime handler " + name(handler)))
        .place(name(handler));
  }

  @Override
  public Optional<Placement> expected(String handler) {
    return source(handler).flatMap(source -> source.expected(name(handler)));
  }

  /** None: CRI's Status lists the handlers that pods may name. */
  @Override
  public List<String> names() {
    return List.of();
  }

  private Optional<HandlerSource> source(String handler) {
    return tried.stream().filter(source -> source.owns(name(handler))).findFirst();
  }

  private static String name(String handler) {
    return handler.substring(CANARY_PREFIX.length());
  }
}
