package dev.cofferdam.shim.front;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The one thread that serves the socket and talks to containerd, so that a call passes through
 * without a hand-over; and the pool of its buffers. Nothing on it may block.
 */
final class EventLoop implements AutoCloseable {
  /** A fixed one: finding out a better one costs a ping for every message. */
  static final int FLOW_CONTROL_WINDOW = 1 << 20;

  private static final int PAGE_BYTES = 8 << 10;
  // 8 KiB << 4 = 128 KiB a chunk: what is idle stays small, and gRPC frames are 16 KiB.
  private static final int CHUNK_ORDER = 4;

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("cri", true), EpollIoHandler.newFactory());
  private final ByteBufAllocator allocator =
      new PooledByteBufAllocator(true, 0, 1, PAGE_BYTES, CHUNK_ORDER, 0, 0, false);

  EventLoopGroup group() {
    return group;
  }

  ByteBufAllocator allocator() {
    return allocator;
  }

  void after(Duration delay, Runnable task) {
    var _ = group.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
