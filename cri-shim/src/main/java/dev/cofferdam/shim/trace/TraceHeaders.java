package dev.cofferdam.shim.trace;

import io.grpc.Metadata;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapSetter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** W3C's trace context in gRPC's metadata: {@code traceparent} and {@code tracestate}. */
final class TraceHeaders {
  static final TextMapGetter<Metadata> GETTER =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Metadata headers) {
          return List.copyOf(headers.keys());
        }

        @Override
        public @Nullable String get(@Nullable Metadata headers, String key) {
          return headers == null ? null : headers.get(key(key));
        }
      };

  static final TextMapSetter<Metadata> SETTER =
      (headers, key, value) -> {
        if (headers != null) {
          headers.discardAll(key(key));
          headers.put(key(key), value);
        }
      };

  private TraceHeaders() {}

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }
}
