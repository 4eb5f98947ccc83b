package dev.cofferdam.shim.front;

import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Messages as the bytes they came as. */
enum RawBytes implements MethodDescriptor.Marshaller<byte[]> {
  MARSHALLER;

  /**
   * Stands for a message that the heap had no room for: thrown on the event loop, the error would
   * take the whole connection with it. Known by identity.
   */
  private static final byte[] NO_ROOM = new byte[0];

  @SuppressWarnings("ReferenceEquality")
  static boolean isNoRoom(byte[] message) {
    return message == NO_ROOM;
  }

  /** A method whose messages are raw; streaming both ways, which holds for every kind of method. */
  static MethodDescriptor<byte[], byte[]> method(String fullMethodName) {
    return MethodDescriptor.newBuilder(MARSHALLER, MARSHALLER)
        .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
        .setFullMethodName(fullMethodName)
        .build();
  }

  /** The same of a method that is known to be unary. */
  static MethodDescriptor<byte[], byte[]> unary(String fullMethodName) {
    return method(fullMethodName).toBuilder().setType(MethodDescriptor.MethodType.UNARY).build();
  }

  @Override
  public InputStream stream(byte[] message) {
    return new KnownLengthStream(message);
  }

  @Override
  public byte[] parse(InputStream stream) {
    try {
      // Of an uncompressed message the length is known: no growing array, no second copy.
      return stream instanceof KnownLength
          ? stream.readNBytes(stream.available())
          : stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read a message off the wire", e);
    } catch (OutOfMemoryError e) {
      return NO_ROOM;
    }
  }

  private static final class KnownLengthStream extends ByteArrayInputStream implements KnownLength {
    KnownLengthStream(byte[] bytes) {
      super(bytes);
    }
  }
}
