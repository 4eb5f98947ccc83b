package dev.cofferdam.shim.main;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.cri.v1.ImageServiceGrpc;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.sandbox.testing.FakeBackend;
import dev.cofferdam.shim.front.Route;
import dev.cofferdam.shim.handler.Backends;
import dev.cofferdam.shim.handler.RuntimeHandlers;
import dev.cofferdam.shim.host.Host;
import dev.cofferdam.shim.host.HostPaths;
import dev.cofferdam.shim.pod.PodRuntime;
import dev.cofferdam.shim.state.StateStore;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every call of CRI is ours to answer, or passes for a reason: a new one is a red build. */
class RpcCoverageTest {
  private static final Map<String, String> PASSED_ON =
      Map.ofEntries(
          Map.entry("Version", "kubelet asks for containerd's name and version"),
          Map.entry("RuntimeConfig", "one cgroup driver for both: containerd's setting is ours"),
          Map.entry("UpdateRuntimeConfig", "the pod CIDR, for containerd's CNI template"),
          Map.entry("ListImages", "images are containerd's"),
          Map.entry("StreamImages", "images are containerd's"),
          Map.entry("ImageStatus", "images are containerd's"),
          Map.entry("PullImage", "images are containerd's"),
          Map.entry("RemoveImage", "images are containerd's"),
          Map.entry("ImageFsInfo", "our snapshots are containerd's too"));

  /** Those which a shim that is out of order may leave to containerd alone. */
  private static final List<String> WHOLE_WITHOUT_OURS = List.of("Status", "ListMetricDescriptors");

  @TempDir Path folder;

  @Test
  void everyCall_isRoutedOrPassedOnForAReason() {
    assertEquals(all(), names(ours(), PASSED_ON.keySet()));
  }

  @Test
  void noCall_isBoth() {
    Set<String> both = names(ours());
    both.retainAll(PASSED_ON.keySet());
    assertEquals(new TreeSet<>(), both);
  }

  @Test
  void shimOutOfOrder_hasTheSameRoutes() {
    Collection<String> refused = methods(new OutOfOrder(folder, "no reason").routes());
    assertEquals(names(ours()), names(refused, WHOLE_WITHOUT_OURS));
  }

  private static Set<String> all() {
    return Stream.of(
            RuntimeServiceGrpc.getServiceDescriptor(), ImageServiceGrpc.getServiceDescriptor())
        .flatMap(service -> service.getMethods().stream())
        .map(method -> String.valueOf(method.getBareMethodName()))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private Collection<String> ours() {
    Backends backends = new Backends(List.of(new FakeBackend()));
    try (PodRuntime runtime =
        new PodRuntime(
            PodRuntime.Parts.of(
                new StateStore(folder.resolve("state")),
                new RuntimeHandlers(backends, List.of()),
                backends,
                unusedHost(),
                new HostPaths(folder.resolve("run"))))) {
      return methods(runtime.routes());
    }
  }

  private static Host unusedHost() {
    Object[] parts =
        Stream.of(Host.class.getRecordComponents())
            .map(
                part ->
                    Proxy.newProxyInstance(
                        Host.class.getClassLoader(),
                        new Class<?>[] {part.getType()},
                        (proxy, method, arguments) -> {
                          throw new AssertionError("no call is made here");
                        }))
            .toArray();
    try {
      return (Host) Host.class.getDeclaredConstructors()[0].newInstance(parts);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("Host is made otherwise", e);
    }
  }

  private static Collection<String> methods(List<Route> routes) {
    return routes.stream()
        .map(route -> String.valueOf(route.method().getBareMethodName()))
        .toList();
  }

  @SafeVarargs
  private static Set<String> names(Collection<String>... some) {
    Set<String> names = new TreeSet<>();
    for (Collection<String> each : some) {
      names.addAll(each);
    }
    return names;
  }
}
