package dev.cofferdam.shim.front;

import io.grpc.Attributes;
import io.grpc.ServerCall;
import io.grpc.ServerTransportFilter;

/**
 * Gives each connection its share of the bytes in flight: half, so that one caller alone cannot
 * have all of it.
 */
final class Connections extends ServerTransportFilter {
  private static final Attributes.Key<ByteBudget> BUDGET =
      Attributes.Key.create("cofferdam-byte-budget");

  private final ByteBudget whole;
  private final long share;

  Connections(long maxBytesInFlight) {
    this.whole = new ByteBudget(maxBytesInFlight, null);
    this.share = maxBytesInFlight / 2;
  }

  @Override
  public Attributes transportReady(Attributes attributes) {
    return attributes.toBuilder().set(BUDGET, whole.share(share)).build();
  }

  static ByteBudget budgetOf(ServerCall<?, ?> call) {
    ByteBudget budget = call.getAttributes().get(BUDGET);
    if (budget == null) {
      throw new IllegalStateException("the server was built without its transport filter");
    }
    return budget;
  }
}
