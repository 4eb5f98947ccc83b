package dev.cofferdam.microvm.sandbox;

import com.google.protobuf.ByteString;
import dev.cofferdam.microvm.guest.GuestClient;
import dev.cofferdam.microvm.guest.v1.AddEntropyRequest;
import dev.cofferdam.microvm.guest.v1.ConfigureNetworkRequest;
import dev.cofferdam.microvm.guest.v1.ConfigureSandboxRequest;
import dev.cofferdam.microvm.guest.v1.HelloRequest;
import dev.cofferdam.microvm.guest.v1.HelloResponse;
import dev.cofferdam.microvm.guest.v1.Interface;
import dev.cofferdam.microvm.guest.v1.PrepareScratchRequest;
import dev.cofferdam.microvm.guest.v1.Route;
import dev.cofferdam.microvm.guest.v1.ScratchDisk;
import dev.cofferdam.microvm.guest.v1.SetClockRequest;
import dev.cofferdam.microvm.network.GuestNetwork;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.SandboxSpec;
import java.security.SecureRandom;
import java.time.Instant;

/** What a guest is told once, after it has booted. Every step may be repeated. */
final class GuestSetup {
  private static final SecureRandom RANDOM = new SecureRandom();

  /** guest.proto describes it. */
  private static final int PROTOCOL = 1;

  private static final int ENTROPY_BYTES = 64;
  private static final long NANOS = 1_000_000_000L;
  private static final int LONGEST_VERSION = 200;

  private GuestSetup() {}

  static HelloResponse hello(GuestClient guest, Deadline deadline) {
    return guest.call(
        "greeting the guest",
        deadline,
        stub ->
            stub.hello(
                HelloRequest.newBuilder()
                    .setMinVersion(PROTOCOL)
                    .setMaxVersion(PROTOCOL)
                    .setHostVersion("1")
                    .build()));
  }

  /** What the guest's kernel calls itself, on one line and not endless. */
  static String kernelOf(HelloResponse hello) {
    return shown(hello.getKernel());
  }

  /** Its ID of this boot, likewise. */
  static String bootIdOf(HelloResponse hello) {
    return shown(hello.getBootId());
  }

  private static String shown(String text) {
    String line = text.substring(0, Math.min(text.length(), LONGEST_VERSION));
    return line.replaceAll("\\p{Cntrl}", " ").strip();
  }

  /** What does not build on each other goes on at once: a guest is quicker so. */
  static void run(GuestClient guest, SandboxSpec spec, GuestNetwork network, Deadline deadline) {
    var _ = hello(guest, deadline);
    try (Meanwhile _ = Meanwhile.does(() -> clockAndEntropy(guest, deadline));
        Meanwhile _ = Meanwhile.does(() -> disk(guest, deadline))) {
      var _ =
          guest.call(
              "configuring the guest",
              deadline,
              stub ->
                  stub.configureSandbox(
                      ConfigureSandboxRequest.newBuilder()
                          .setHostname(spec.hostname())
                          .putAllSysctls(spec.sysctls())
                          .setSharedProcessNamespace(spec.sharedProcessNamespace())
                          .build()));
      ConfigureNetworkRequest request = network(network);
      var _ =
          guest.call(
              "configuring the guest's network", deadline, stub -> stub.configureNetwork(request));
    }
  }

  private static void clockAndEntropy(GuestClient guest, Deadline deadline) {
    var _ =
        guest.call(
            "setting the guest's clock",
            deadline,
            stub -> stub.setClock(SetClockRequest.newBuilder().setUnixNanos(now()).build()));
    byte[] entropy = new byte[ENTROPY_BYTES];
    RANDOM.nextBytes(entropy);
    var _ =
        guest.call(
            "giving the guest entropy",
            deadline,
            stub ->
                stub.addEntropy(
                    AddEntropyRequest.newBuilder()
                        .setEntropy(ByteString.copyFrom(entropy))
                        .build()));
  }

  private static void disk(GuestClient guest, Deadline deadline) {
    var _ =
        guest.call(
            "mounting the guest's disk",
            deadline,
            stub ->
                stub.prepareScratch(
                    PrepareScratchRequest.newBuilder()
                        .setDisk(ScratchDisk.getDefaultInstance())
                        .build()));
  }

  private static long now() {
    Instant now = Instant.now();
    return now.getEpochSecond() * NANOS + now.getNano();
  }

  private static ConfigureNetworkRequest network(GuestNetwork network) {
    ConfigureNetworkRequest.Builder request = ConfigureNetworkRequest.newBuilder();
    for (GuestNetwork.Interface each : network.interfaces()) {
      request.addInterfaces(
          Interface.newBuilder()
              .setMac(each.mac())
              .setName(each.name())
              .setMtu(each.mtu())
              .addAllAddresses(each.addresses()));
    }
    for (GuestNetwork.Route each : network.routes()) {
      request.addRoutes(
          Route.newBuilder()
              .setDestination(each.destination())
              .setGateway(each.gateway())
              .setInterface(each.device())
              .setSource(each.source())
              .setMetric(each.metric()));
    }
    return request.build();
  }
}
