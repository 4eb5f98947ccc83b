package dev.cofferdam.shim.stream;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;

/**
 * A client's ends of the streams that it asked for. All block: writes until the client's socket has
 * taken the bytes, reads until there is something, with end of input once the client has closed the
 * stream or has gone. Each may be used by one thread at a time.
 */
public record ClientStreams(
    Optional<InputStream> stdin, Optional<OutputStream> stdout, Optional<OutputStream> stderr) {}
