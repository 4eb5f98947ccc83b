package dev.cofferdam.shim.handler;

import dev.cofferdam.sandbox.Capabilities;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.util.List;

/** All sources of handlers as one; the first that owns a handler decides. Thread-safe. */
public final class RuntimeHandlers implements Handlers {
  private final Backends backends;
  private final List<HandlerSource> sources;

  public RuntimeHandlers(Backends backends, List<HandlerSource> sources) {
    this.backends = backends;
    this.sources = List.copyOf(sources);
  }

  @Override
  public boolean owns(String handler) {
    return sources.stream().anyMatch(source -> source.owns(handler));
  }

  @Override
  public ResolvedHandler resolve(String handler) {
    for (HandlerSource source : sources) {
      if (source.owns(handler)) {
        Placement placement = source.place(handler);
        return new ResolvedHandler(
            handler,
            backends.require(placement.backend()),
            placement.variant(),
            placement.hostNetwork());
      }
    }
    throw new SandboxException(
        ErrorCode.NO_BACKEND,
        "no policy on this node makes the runtime handler \""
            + handler
            + "\"; it knows "
            + names());
  }

  @Override
  public Capabilities capabilities(String handler) {
    return sources.stream()
        .filter(source -> source.owns(handler))
        .findFirst()
        .flatMap(source -> source.expected(handler))
        .flatMap(
            placement ->
                backends
                    .byName(placement.backend())
                    .map(backend -> backend.capabilities(placement.variant())))
        .orElse(Capabilities.of());
  }

  @Override
  public List<String> names() {
    return sources.stream().flatMap(source -> source.names().stream()).distinct().sorted().toList();
  }
}
