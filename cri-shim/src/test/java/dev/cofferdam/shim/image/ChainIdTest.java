package dev.cofferdam.shim.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Expected values by {@code printf '%s %s' A B | sha256sum}. */
final class ChainIdTest {
  private static final String A = "sha256:" + "a".repeat(64);
  private static final String B = "sha256:" + "b".repeat(64);
  private static final String C = "sha256:" + "c".repeat(64);

  @Test
  void of_noLayers_isBlank() {
    assertEquals("", ChainId.of(List.of()));
  }

  @Test
  void of_oneLayer_isItsDiffId() {
    assertEquals(A, ChainId.of(List.of(A)));
  }

  @Test
  void of_moreLayers_hashesTheStackBelow() {
    assertEquals(
        "sha256:ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c",
        ChainId.of(List.of(A, B)));
    assertEquals(
        "sha256:c1377126441fb2f5ec2c21ae2a60255331d639e830f0ee1b40a36e52d4c40588",
        ChainId.of(List.of(A, B, C)));
  }
}
