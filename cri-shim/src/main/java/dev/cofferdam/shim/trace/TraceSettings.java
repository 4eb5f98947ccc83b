package dev.cofferdam.shim.trace;

import java.net.URI;

/**
 * Where traces go, and which.
 *
 * @param receiver speaks OTLP over gRPC; {@code http} or {@code https}, with a host and a port
 * @param rootsPerMillion of the calls that come without a trace; 0 to 1,000,000
 * @param version the shim's
 * @param node this node's name
 */
public record TraceSettings(URI receiver, long rootsPerMillion, String version, String node) {}
