package dev.cofferdam.shim.stream;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Kubernetes' WebSocket subprotocols: each message begins with its channel, as a byte or, in the
 * base64 ones, as a digit.
 */
enum WebSocketProtocol {
  V5("v5.channel.k8s.io", CommandProtocol.V5, false),
  V4("v4.channel.k8s.io", CommandProtocol.V4, false),
  V4_BASE64("v4.base64.channel.k8s.io", CommandProtocol.V4, true),
  V1("channel.k8s.io", CommandProtocol.V1, false),
  V1_BASE64("base64.channel.k8s.io", CommandProtocol.V1, true),
  /** The client named none. */
  NONE("", CommandProtocol.V1, false);

  private static final List<WebSocketProtocol> PORT_FORWARD = List.of(V4, V4_BASE64, NONE);

  private final String wireName;
  private final CommandProtocol command;
  private final boolean base64;

  WebSocketProtocol(String wireName, CommandProtocol command, boolean base64) {
    this.wireName = wireName;
    this.command = command;
    this.base64 = base64;
  }

  String wireName() {
    return wireName;
  }

  CommandProtocol command() {
    return command;
  }

  boolean base64() {
    return base64;
  }

  /** The first of the client's that exec and attach know. */
  static Optional<WebSocketProtocol> forCommand(List<String> offered) {
    return pick(offered, Arrays.asList(values()));
  }

  /** The first of the client's that port-forward over channels knows. */
  static Optional<WebSocketProtocol> forPortForward(List<String> offered) {
    return pick(offered, PORT_FORWARD);
  }

  private static Optional<WebSocketProtocol> pick(
      List<String> offered, List<WebSocketProtocol> known) {
    if (offered.isEmpty()) {
      return Optional.of(NONE);
    }
    return offered.stream()
        .filter(name -> !name.isEmpty())
        .flatMap(name -> known.stream().filter(protocol -> protocol.wireName.equals(name)))
        .findFirst();
  }
}
