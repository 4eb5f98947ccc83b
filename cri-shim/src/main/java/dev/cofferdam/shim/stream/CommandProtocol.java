package dev.cofferdam.shim.stream;

import java.util.List;
import java.util.Optional;

/** The versions of Kubernetes' remote command protocol, newest first. */
enum CommandProtocol {
  /** WebSocket only: the client can close its input. */
  V5("v5.channel.k8s.io"),
  /** The error stream carries a JSON status with the exit code. */
  V4("v4.channel.k8s.io"),
  /** The terminal can be resized. */
  V3("v3.channel.k8s.io"),
  V2("v2.channel.k8s.io"),
  V1("channel.k8s.io");

  private static final List<CommandProtocol> SPDY = List.of(V4, V3, V2, V1);

  private final String wireName;

  CommandProtocol(String wireName) {
    this.wireName = wireName;
  }

  String wireName() {
    return wireName;
  }

  boolean resizes() {
    return compareTo(V3) <= 0;
  }

  boolean jsonStatus() {
    return compareTo(V4) <= 0;
  }

  /** The first of the client's that is spoken over SPDY. */
  static Optional<CommandProtocol> overSpdy(List<String> offered) {
    return offered.stream()
        .flatMap(name -> SPDY.stream().filter(known -> known.wireName.equals(name)))
        .findFirst();
  }

  static List<String> spdyNames() {
    return SPDY.stream().map(CommandProtocol::wireName).toList();
  }
}
