package dev.cofferdam.shim.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TokensTest {
  private static final Ticket TICKET =
      new Ticket.PortForward(
          "pod",
          List.of(),
          _ -> {
            throw new IOException("not to be connected");
          });

  private final AtomicLong now = new AtomicLong();
  private final Tokens tokens = new Tokens(Duration.ofMinutes(1), 2, now::get);

  @Test
  void redeem_twice_givesTheTicketOnce() {
    String token = tokens.issue(TICKET);

    assertEquals(Optional.of(TICKET), tokens.redeem("portforward", token));
    assertEquals(Optional.empty(), tokens.redeem("portforward", token));
  }

  @Test
  void redeem_afterItsLife_givesNothing() {
    String token = tokens.issue(TICKET);
    now.addAndGet(Duration.ofMinutes(1).toNanos());

    assertEquals(Optional.empty(), tokens.redeem("portforward", token));
  }

  @Test
  void redeem_underAnotherPath_givesNothingAndUsesItUp() {
    String token = tokens.issue(TICKET);

    assertEquals(Optional.empty(), tokens.redeem("exec", token));
    assertEquals(Optional.empty(), tokens.redeem("portforward", token));
  }

  @Test
  void issue_withTooManyOutstanding_isRefusedUntilOneExpires() {
    String first = tokens.issue(TICKET);
    tokens.issue(TICKET);

    SandboxException refused = assertThrows(SandboxException.class, () -> tokens.issue(TICKET));
    assertEquals(ErrorCode.RESOURCE_EXHAUSTED, refused.code());

    now.addAndGet(Duration.ofMinutes(1).toNanos());
    assertTrue(!tokens.issue(TICKET).equals(first));
  }

  @Test
  void issue_always_has256RandomBits() {
    assertEquals(43, tokens.issue(TICKET).length());
  }
}
