package dev.cofferdam.shim.cadvisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.cri.v1.ListMetricDescriptorsRequest;
import dev.cofferdam.cri.v1.MetricDescriptor;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.shim.testing.Containerd;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Kubelet reads containerd's metrics and ours by one table, which is containerd's. */
@Tag("node")
class DescriptorsNodeTest {

  @Test
  void everyFamilyOfOurs_hasTheLabelsThatContainerdDescribes() throws IOException {
    Map<String, List<String>> described = new HashMap<>();
    for (MetricDescriptor descriptor : containerds()) {
      described.put(descriptor.getName(), descriptor.getLabelKeysList());
    }
    Map<String, List<String>> ours = new HashMap<>();
    for (Family family : Family.values()) {
      ours.put(family.metricName(), family.labelKeys());
    }
    // The one that we describe ourselves: were it containerd's too, its labels would count.
    String own = Family.SPEC_CPU_QUOTA.metricName();
    described.putIfAbsent(own, Family.SPEC_CPU_QUOTA.labelKeys());
    described.keySet().retainAll(ours.keySet());
    assertEquals(ours, described);
  }

  private static List<MetricDescriptor> containerds() throws IOException {
    // Short, for sockets' paths must be.
    Path folder = Files.createTempDirectory("fn");
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    try (Containerd containerd = new Containerd(folder)) {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress(
                  new DomainSocketAddress(containerd.socket().toFile()),
                  InsecureChannelCredentials.create())
              .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
              .eventLoopGroup(loop)
              .overrideAuthority("localhost")
              .build();
      try {
        return RuntimeServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(30, TimeUnit.SECONDS)
            .listMetricDescriptors(ListMetricDescriptorsRequest.getDefaultInstance())
            .getDescriptorsList();
      } finally {
        channel.shutdownNow();
      }
    } finally {
      var _ = loop.shutdownGracefully();
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
