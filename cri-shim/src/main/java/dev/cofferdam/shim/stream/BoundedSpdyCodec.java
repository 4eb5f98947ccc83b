package dev.cofferdam.shim.stream;

import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyVersion;

/**
 * SPDY frames, with a bound on the one kind that Netty would let grow: a SETTINGS frame of 16 MiB
 * becomes two million entries in a map.
 */
final class BoundedSpdyCodec extends SpdyFrameCodec {
  private static final int CHUNK_BYTES = 32 * 1024;
  private static final int HEADER_BYTES = 16 * 1024;
  // The specification knows eight (section 2.6.4).
  private static final int MOST_SETTINGS = 64;

  private int settings;

  BoundedSpdyCodec() {
    super(SpdyVersion.SPDY_3_1, CHUNK_BYTES, HEADER_BYTES, 6, 15, 8);
  }

  @Override
  public void readSettingsFrame(boolean clearPersisted) {
    settings = 0;
    super.readSettingsFrame(clearPersisted);
  }

  @Override
  public void readSetting(int id, int value, boolean persistValue, boolean persisted) {
    if (++settings > MOST_SETTINGS) {
      throw new IllegalArgumentException("a SETTINGS frame of more than " + MOST_SETTINGS);
    }
    super.readSetting(id, value, persistValue, persisted);
  }
}
