package dev.cofferdam.shim.handler;

import dev.cofferdam.sandbox.Capabilities;
import java.util.List;

/** The runtime handlers that are ours. Thread-safe. */
public interface Handlers {

  /** Answers from memory. What is owned never falls through to containerd. */
  boolean owns(String handler);

  /**
   * Decides where a new pod of this handler goes. May run a probe, so it may take seconds.
   *
   * @throws dev.cofferdam.sandbox.SandboxException NO_BACKEND, with every reason, when nothing that
   *     the handler allows was proved on this node
   */
  ResolvedHandler resolve(String handler);

  /** What pods of this handler may ask for; nothing where that is not known yet. */
  Capabilities capabilities(String handler);

  /** All that are owned now, sorted. */
  List<String> names();
}
