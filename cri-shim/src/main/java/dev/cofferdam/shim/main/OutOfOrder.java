package dev.cofferdam.shim.main;

import com.google.protobuf.Message;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.front.Ownership;
import dev.cofferdam.shim.front.Route;
import io.grpc.MethodDescriptor;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Stands in for our pods while what they need cannot be started: never ready, so that calls about
 * them and lists answer UNAVAILABLE (a short list would be taken for dead pods), while everything
 * else still passes to containerd. The IDs are those of the folders of their records.
 */
record OutOfOrder(Path stateFolder, String reason) implements Ownership {
  private static final Set<String> BACKENDS = Set.of("gvisor", "microvm");
  private static final String POLICY_HANDLERS = "cofferdam-";
  private static final int RUN_HANDLER_FIELD = 2;
  private static final int RESTORE_HANDLER_FIELD = 3;

  List<Route> routes() {
    return Stream.of(
            Stream.of(
                new Route.ByHandler<>(
                    RuntimeServiceGrpc.getRunPodSandboxMethod(), RUN_HANDLER_FIELD, never()),
                new Route.ByHandler<>(
                    RuntimeServiceGrpc.getRestorePodMethod(), RESTORE_HANDLER_FIELD, never())),
            Stream.of(
                    RuntimeServiceGrpc.getStopPodSandboxMethod(),
                    RuntimeServiceGrpc.getRemovePodSandboxMethod(),
                    RuntimeServiceGrpc.getPodSandboxStatusMethod(),
                    RuntimeServiceGrpc.getUpdatePodSandboxResourcesMethod(),
                    RuntimeServiceGrpc.getPodSandboxStatsMethod(),
                    RuntimeServiceGrpc.getPortForwardMethod(),
                    RuntimeServiceGrpc.getCreateContainerMethod(),
                    RuntimeServiceGrpc.getCheckpointPodMethod())
                .map(OutOfOrder::bySandbox),
            Stream.of(
                    RuntimeServiceGrpc.getStartContainerMethod(),
                    RuntimeServiceGrpc.getStopContainerMethod(),
                    RuntimeServiceGrpc.getRemoveContainerMethod(),
                    RuntimeServiceGrpc.getContainerStatusMethod(),
                    RuntimeServiceGrpc.getUpdateContainerResourcesMethod(),
                    RuntimeServiceGrpc.getReopenContainerLogMethod(),
                    RuntimeServiceGrpc.getExecSyncMethod(),
                    RuntimeServiceGrpc.getExecMethod(),
                    RuntimeServiceGrpc.getAttachMethod(),
                    RuntimeServiceGrpc.getContainerStatsMethod(),
                    RuntimeServiceGrpc.getCheckpointContainerMethod())
                .map(OutOfOrder::byContainer),
            Stream.of(
                    RuntimeServiceGrpc.getListPodSandboxMethod(),
                    RuntimeServiceGrpc.getStreamPodSandboxesMethod(),
                    RuntimeServiceGrpc.getListPodSandboxStatsMethod(),
                    RuntimeServiceGrpc.getStreamPodSandboxStatsMethod(),
                    RuntimeServiceGrpc.getListContainersMethod(),
                    RuntimeServiceGrpc.getStreamContainersMethod(),
                    RuntimeServiceGrpc.getListContainerStatsMethod(),
                    RuntimeServiceGrpc.getStreamContainerStatsMethod(),
                    RuntimeServiceGrpc.getListPodSandboxMetricsMethod(),
                    RuntimeServiceGrpc.getStreamPodSandboxMetricsMethod(),
                    RuntimeServiceGrpc.getGetContainerEventsMethod())
                .map(OutOfOrder::merged))
        .<Route>flatMap(routes -> routes)
        .toList();
  }

  private static <Q extends Message, R extends Message> Route bySandbox(
      MethodDescriptor<Q, R> method) {
    return new Route.BySandbox<>(method, never());
  }

  private static <Q extends Message, R extends Message> Route byContainer(
      MethodDescriptor<Q, R> method) {
    return new Route.ByContainer<>(method, never());
  }

  private static <Q extends Message, R extends Message> Route merged(
      MethodDescriptor<Q, R> method) {
    return new Route.Merged<>(method, never());
  }

  /** Readiness is asked before any call. */
  private static <Q extends Message, R extends Message> OwnCall<Q, R> never() {
    return _ -> {
      throw new SandboxException(
          ErrorCode.UNAVAILABLE, "the part of the shim for sandboxed pods is out of order");
    };
  }

  @Override
  public boolean ready() {
    return false;
  }

  @Override
  public String notReadyReason() {
    return "sandboxed pods cannot be served: " + reason;
  }

  @Override
  public boolean ownsHandler(String handler) {
    return handler.startsWith(POLICY_HANDLERS)
        || BACKENDS.stream()
            .anyMatch(name -> handler.equals(name) || handler.startsWith(name + "-"));
  }

  @Override
  public Optional<String> sandboxId(String idOrPrefix) {
    return id("sandboxes", idOrPrefix);
  }

  @Override
  public Optional<String> containerId(String idOrPrefix) {
    return id("containers", idOrPrefix);
  }

  private Optional<String> id(String kind, String idOrPrefix) {
    if (idOrPrefix.isEmpty()) {
      return Optional.empty();
    }
    String[] names = stateFolder.resolve(kind).toFile().list();
    return names == null
        ? Optional.empty()
        : Stream.of(names).filter(name -> name.startsWith(idOrPrefix)).findFirst();
  }
}
