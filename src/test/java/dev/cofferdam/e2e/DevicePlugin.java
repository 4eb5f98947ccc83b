package dev.cofferdam.e2e;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnknownFieldSet.Field;
import dev.cofferdam.lab.Lab;
import io.grpc.CallOptions;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A device plugin of one device, as vendors run theirs on a node (kubelet's API {@code
 * v1beta1.DevicePlugin}).
 */
final class DevicePlugin implements AutoCloseable {
  private static final String SERVICE = "v1beta1.DevicePlugin";
  private static final byte[] NOTHING = new byte[0];

  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final Server server;

  /**
   * Offers one device.
   *
   * @param resource as pods ask for it
   * @param answer what a container that asks for it gets: a ContainerAllocateResponse
   */
  DevicePlugin(Lab lab, String resource, byte[] answer) throws IOException {
    Path folder = lab.directories().var("lib/kubelet").resolve("device-plugins");
    String endpoint = resource.replace('/', '-') + ".sock";
    server =
        NettyServerBuilder.forAddress(new DomainSocketAddress(folder.resolve(endpoint).toFile()))
            .channelType(EpollServerDomainSocketChannel.class)
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .addService(service(answer))
            .build()
            .start();
    register(folder.resolve("kubelet.sock"), endpoint, resource);
  }

  /** A node's device, as the answer to a container that asked. */
  static byte[] device(String path) {
    return message(3, message(1, path), message(2, path), message(3, "rw"));
  }

  /** A device by its CDI name, as the answer to a container that asked. */
  static byte[] cdiDevice(String name) {
    return message(5, message(1, name));
  }

  private static ServerServiceDefinition service(byte[] answer) {
    return ServerServiceDefinition.builder(SERVICE)
        .addMethod(
            RawGrpc.method(SERVICE, "GetDevicePluginOptions", MethodType.UNARY),
            ServerCalls.asyncUnaryCall(
                (request, reply) -> {
                  reply.onNext(NOTHING);
                  reply.onCompleted();
                }))
        .addMethod(
            RawGrpc.method(SERVICE, "ListAndWatch", MethodType.SERVER_STREAMING),
            // The stream stays open: the device is there for as long as the plugin.
            ServerCalls.asyncServerStreamingCall(
                (request, reply) ->
                    reply.onNext(message(1, message(1, "only"), message(2, "Healthy")))))
        .addMethod(
            RawGrpc.method(SERVICE, "Allocate", MethodType.UNARY),
            ServerCalls.asyncUnaryCall(
                (request, reply) -> {
                  reply.onNext(message(1, answer));
                  reply.onCompleted();
                }))
        .build();
  }

  private void register(Path kubelet, String endpoint, String resource) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(
                new DomainSocketAddress(kubelet.toFile()), InsecureChannelCredentials.create())
            .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
            .eventLoopGroup(loop)
            .overrideAuthority("localhost")
            .build();
    try {
      var _ =
          ClientCalls.blockingUnaryCall(
              channel,
              RawGrpc.method("v1beta1.Registration", "Register", MethodType.UNARY),
              CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS),
              join(message(1, "v1beta1"), message(2, endpoint), message(3, resource)));
    } finally {
      channel.shutdownNow();
    }
  }

  private static byte[] message(int field, String text) {
    return message(field, ByteString.copyFromUtf8(text).toByteArray());
  }

  /** A message's field of that number, holding the parts one after the other. */
  private static byte[] message(int field, byte[]... parts) {
    return UnknownFieldSet.newBuilder()
        .addField(
            field, Field.newBuilder().addLengthDelimited(ByteString.copyFrom(join(parts))).build())
        .build()
        .toByteArray();
  }

  private static byte[] join(byte[]... parts) {
    ByteString all = ByteString.EMPTY;
    for (byte[] part : parts) {
      all = all.concat(ByteString.copyFrom(part));
    }
    return all.toByteArray();
  }

  @Override
  public void close() {
    server.shutdownNow();
    var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
