package dev.cofferdam.shim.stream;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * URLs given out and not yet used. A token is the only proof that a client was sent by kubelet: 256
 * random bits, good for one use within its life. Never log one. Thread-safe.
 */
final class Tokens {
  private static final int TOKEN_BYTES = 32;

  private record Entry(Ticket ticket, long expiresAtNanos) {}

  private final SecureRandom random = new SecureRandom();
  private final Duration life;
  private final int limit;
  private final LongSupplier nanoTime;

  /**
   * Oldest first, since all live equally long. By hash, so that how long a look-up takes says
   * nothing about a token that is there.
   */
  private final Map<ByteBuffer, Entry> entries = new LinkedHashMap<>();

  Tokens(Duration life, int limit, LongSupplier nanoTime) {
    this.life = life;
    this.limit = limit;
    this.nanoTime = nanoTime;
  }

  /**
   * Gives out a token.
   *
   * @throws SandboxException RESOURCE_EXHAUSTED if too many are unused
   */
  synchronized String issue(Ticket ticket) {
    forgetExpired();
    if (entries.size() >= limit) {
      throw new SandboxException(
          ErrorCode.RESOURCE_EXHAUSTED,
          "opening a stream: %d URLs are given out and not used yet; try again in a minute"
              .formatted(limit));
    }
    byte[] bytes = new byte[TOKEN_BYTES];
    random.nextBytes(bytes);
    String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    entries.put(hash(token), new Entry(ticket, nanoTime.getAsLong() + life.toNanos()));
    return token;
  }

  /** Takes what the token stands for; a second time there is nothing. */
  synchronized Optional<Ticket> redeem(String path, String token) {
    forgetExpired();
    return Optional.ofNullable(entries.remove(hash(token)))
        .map(Entry::ticket)
        .filter(ticket -> ticket.path().equals(path));
  }

  /** How many are unused. */
  synchronized int outstanding() {
    forgetExpired();
    return entries.size();
  }

  private static ByteBuffer hash(String token) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      return ByteBuffer.wrap(sha256.digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private void forgetExpired() {
    long now = nanoTime.getAsLong();
    for (Iterator<Entry> oldest = entries.values().iterator(); oldest.hasNext(); ) {
      if (oldest.next().expiresAtNanos() - now > 0) {
        return;
      }
      oldest.remove();
    }
  }
}
