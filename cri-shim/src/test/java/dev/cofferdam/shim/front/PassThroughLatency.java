package dev.cofferdam.shim.front;

import io.grpc.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the way through the shim costs: the same call to containerd directly and through a running
 * shim, in turns. Arguments: containerd's socket, the shim's socket, the number of calls. Judge by
 * the ratio; the times are one machine's.
 */
public final class PassThroughLatency {
  private static final List<String> METHODS =
      List.of("RuntimeService/Version", "RuntimeService/ListContainers", "ImageService/ListImages");
  private static final int WARM_UP = 2_000;

  private PassThroughLatency() {}

  public static void main(String[] arguments) {
    int calls = Integer.parseInt(arguments[2]);
    try (RawClient direct = new RawClient(Path.of(arguments[0]));
        RawClient through = new RawClient(Path.of(arguments[1]))) {
      List<String> lines = new ArrayList<>();
      for (String method : METHODS) {
        String name = "runtime.v1." + method;
        for (int i = 0; i < WARM_UP; i++) {
          nanos(direct, name);
          nanos(through, name);
        }
        long[] directly = new long[calls];
        long[] throughUs = new long[calls];
        for (int i = 0; i < calls; i++) {
          directly[i] = nanos(direct, name);
          throughUs[i] = nanos(through, name);
        }
        lines.add(line(method, directly, throughUs));
      }
      lines.forEach(System.out::println);
    }
  }

  private static String line(String method, long[] directly, long[] throughUs) {
    Arrays.sort(directly);
    Arrays.sort(throughUs);
    long median = directly[directly.length / 2];
    long medianThrough = throughUs[throughUs.length / 2];
    return "%-32s direct %.3f ms, through %.3f ms, ratio %.2f, added %.3f ms, 95 %%: %.3f / %.3f ms"
        .formatted(
            method,
            median / 1e6,
            medianThrough / 1e6,
            (double) medianThrough / median,
            (medianThrough - median) / 1e6,
            directly[directly.length * 95 / 100] / 1e6,
            throughUs[throughUs.length * 95 / 100] / 1e6);
  }

  private static long nanos(RawClient client, String method) {
    long start = System.nanoTime();
    RawClient.Answer answer = client.unary(method, new byte[0]);
    long nanos = System.nanoTime() - start;
    if (answer.status().getCode() != Status.Code.OK) {
      throw new IllegalStateException(method + ": " + answer.status());
    }
    return nanos;
  }
}
