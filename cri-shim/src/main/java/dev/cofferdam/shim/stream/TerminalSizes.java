package dev.cofferdam.shim.stream;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;

/** Reads a resize stream: JSON objects one after the other, {@code {"Width":80,"Height":24}}. */
final class TerminalSizes {
  private static final int MAX = 0xffff;

  /** Bounds what a client can make us hold: all but two numbers is skipped. */
  private static final ObjectReader SIZES =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxStringLength(1024)
                          .maxNameLength(1024)
                          .maxNumberLength(32)
                          .maxNestingDepth(8)
                          .build())
                  .build())
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build()
          .readerFor(Size.class);

  private record Size(@JsonProperty("Width") int width, @JsonProperty("Height") int height) {
    boolean valid() {
      return width > 0 && width <= MAX && height > 0 && height <= MAX;
    }
  }

  /** Takes columns and rows. */
  @FunctionalInterface
  interface Consumer {
    void resized(int columns, int rows);
  }

  private TerminalSizes() {}

  /** Passes on each size until the stream ends or says something else. */
  static void read(InputStream stream, Consumer consumer) {
    try (MappingIterator<Size> sizes = SIZES.readValues(stream)) {
      while (sizes.hasNextValue()) {
        Size size = sizes.nextValue();
        if (size.valid()) {
          consumer.resized(size.width(), size.height());
        }
      }
    } catch (IOException _) {
      // The client speaks no JSON or has gone: its terminal keeps the size it had.
    }
  }
}
