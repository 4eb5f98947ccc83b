package dev.cofferdam.shim.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cofferdam.cri.v1.ListPodSandboxRequest;
import dev.cofferdam.cri.v1.PodSandbox;
import dev.cofferdam.cri.v1.PodSandboxState;
import dev.cofferdam.cri.v1.PodSandboxStatusRequest;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import dev.cofferdam.shim.client.CriClient;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Asks the shim for every pod and its wall, a few at once. */
final class PodRows {
  static final JsonMapper JSON = JsonMapper.builder().build();

  private static final Duration TIMEOUT = Duration.ofSeconds(15);
  private static final int AT_ONCE = 8;

  private final CriClient client;
  private final Semaphore slots = new Semaphore(AT_ONCE);

  PodRows(CriClient client) {
    this.client = client;
  }

  List<PodRow> list(boolean all) {
    List<PodSandbox> pods =
        cri().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList().stream()
            .filter(pod -> all || ready(pod))
            .sorted(
                Comparator.<PodSandbox, String>comparing(pod -> pod.getMetadata().getNamespace())
                    .thenComparing(pod -> pod.getMetadata().getName())
                    .thenComparing(PodSandbox::getId))
            .toList();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Optional<PodRow>>> asked =
          pods.stream().map(pod -> threads.submit(() -> row(pod))).toList();
      return asked.stream().map(PodRows::result).flatMap(Optional::stream).toList();
    }
  }

  private static <T> T result(Future<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof StatusRuntimeException refused
          ? refused
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Empty when the pod has gone meanwhile. */
  private Optional<PodRow> row(PodSandbox pod) throws InterruptedException {
    slots.acquire();
    try {
      String info =
          cri()
              .podSandboxStatus(
                  PodSandboxStatusRequest.newBuilder()
                      .setPodSandboxId(pod.getId())
                      .setVerbose(true)
                      .build())
              .getInfoOrDefault("info", "{}");
      return Optional.of(row(pod, JSON.readTree(info)));
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the info of pod sandbox " + pod.getId() + " is no JSON", e);
    } finally {
      slots.release();
    }
  }

  static PodRow row(PodSandbox pod, JsonNode info) {
    // Only our own info names a backend.
    boolean ours = info.path("backend").isTextual();
    JsonNode wall = ours ? info.path("wall") : JSON.createObjectNode();
    String error = wall.path("error").asText("");
    if (ours && ready(pod) && wall.isMissingNode()) {
      error = "its sandbox is not known to run";
    }
    return new PodRow(
        pod.getMetadata().getNamespace(),
        pod.getMetadata().getName(),
        pod.getMetadata().getUid(),
        pod.getId(),
        pod.getRuntimeHandler(),
        ready(pod),
        ours,
        wall.path("kind").asText(""),
        wall.path("variant").asText(""),
        wall.path("version").asText(""),
        wall.path("kernel").asText(""),
        wall.path("pid").asLong(0),
        error);
  }

  private static boolean ready(PodSandbox pod) {
    return pod.getState() == PodSandboxState.SANDBOX_READY;
  }

  private RuntimeServiceBlockingStub cri() {
    return client.runtime().withDeadlineAfter(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
  }
}
