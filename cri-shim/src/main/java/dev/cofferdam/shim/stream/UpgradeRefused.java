package dev.cofferdam.shim.stream;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;

/** A request that is not answered by an upgrade. */
final class UpgradeRefused extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient HttpResponseStatus status;
  private final transient List<String> accepted;

  UpgradeRefused(HttpResponseStatus status, String message) {
    this(status, message, List.of());
  }

  /**
   * @param accepted the protocols that would have been
   */
  UpgradeRefused(HttpResponseStatus status, String message, List<String> accepted) {
    super(message);
    this.status = status;
    this.accepted = accepted;
  }

  List<String> accepted() {
    return accepted;
  }

  HttpResponseStatus status() {
    return status;
  }
}
