package dev.cofferdam.microvm.network;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.microvm.Failures;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Gives a pod's interfaces to its guest: beside each interface of the CNI's a tap device, and all
 * frames that come in on the one go out on the other. The interface keeps its addresses, which CNI
 * plugins look for when they take it away; the namespace's own kernel never sees a frame.
 */
public final class NetworkHandOver {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String TAP = "cofferdam";
  private static final int LONGEST_WORDS = 1000;

  /** One process each: starting one takes longer than what it does. */
  private static final String LOOK =
      "ip -j addr; echo %; ip -j -4 route; echo %; ip -j -6 route; echo %";

  private static final Pattern BETWEEN = Pattern.compile("^%\n?", Pattern.MULTILINE);

  private static final String MAKE =
      "printf %s \"$0\" | ip -batch -; printf %s \"$1\" | tc -batch -";

  private final Path namespace;

  public NetworkHandOver(Path namespace) {
    this.namespace = namespace;
  }

  /** Makes taps and mirrors. Undone by {@link #undo}, or with the namespace. */
  public GuestNetwork make(Deadline deadline) {
    GuestNetwork network = look(deadline);
    StringBuilder ip = new StringBuilder();
    StringBuilder tc = new StringBuilder();
    for (GuestNetwork.Interface each : network.interfaces()) {
      ip.append("tuntap add dev ").append(each.tap()).append(" mode tap\n");
      ip.append("link set dev ").append(each.tap()).append(" mtu ").append(each.mtu());
      ip.append(" up\n");
      mirror(tc, each.name(), each.tap());
      mirror(tc, each.tap(), each.name());
    }
    if (!network.interfaces().isEmpty()) {
      var _ = run(List.of("sh", "-ec", MAKE, ip.toString(), tc.toString()), "", deadline);
    }
    return network;
  }

  /** The filter that takes everything is u32's: not every kernel has matchall. */
  private static void mirror(StringBuilder tc, String from, String to) {
    tc.append("qdisc add dev ").append(from).append(" ingress\n");
    tc.append("filter add dev ").append(from);
    tc.append(" parent ffff: protocol all prio 1 u32 match u8 0 0 action mirred egress redirect");
    tc.append(" dev ").append(to).append('\n');
  }

  /** Takes taps and mirrors away; nothing where there are none, or no namespace any more. */
  public void undo(Deadline deadline) {
    if (!Files.exists(namespace)) {
      return;
    }
    String answer = run(List.of("ip", "-j", "link"), "", deadline);
    JsonNode links = read(new String[] {answer}, 0);
    boolean any = false;
    StringBuilder ip = new StringBuilder();
    for (JsonNode link : links) {
      String name = link.path("ifname").asText();
      if (name.startsWith(TAP)) {
        ip.append("link delete dev ").append(name).append('\n');
        any = true;
      }
    }
    if (!any) {
      return;
    }
    StringBuilder tc = new StringBuilder();
    for (JsonNode link : links) {
      String name = link.path("ifname").asText();
      if (!name.startsWith(TAP) && !name.equals("lo")) {
        tc.append("qdisc delete dev ").append(name).append(" ingress\n");
      }
    }
    run(List.of("ip", "-batch", "-"), ip.toString(), deadline);
    run(List.of("tc", "-force", "-batch", "-"), tc.toString(), deadline, true);
  }

  private GuestNetwork look(Deadline deadline) {
    List<GuestNetwork.Interface> interfaces = new ArrayList<>();
    String[] answers = BETWEEN.split(run(List.of("sh", "-ec", LOOK), "", deadline));
    for (JsonNode link : read(answers, 0)) {
      String name = link.path("ifname").asText();
      boolean up = has(link.path("flags"), "UP");
      if (!link.path("link_type").asText().equals("ether") || !up) {
        continue; // loopback, and tunnels that every namespace has
      }
      List<String> addresses = new ArrayList<>();
      for (JsonNode address : link.path("addr_info")) {
        if (!address.path("scope").asText().equals("link")) {
          addresses.add(address.path("local").asText() + "/" + address.path("prefixlen").asInt());
        }
      }
      interfaces.add(
          new GuestNetwork.Interface(
              name,
              TAP + interfaces.size(),
              link.path("address").asText(),
              link.path("mtu").asInt(),
              addresses));
    }
    if (interfaces.isEmpty()) {
      return GuestNetwork.NONE;
    }
    List<GuestNetwork.Route> routes = new ArrayList<>();
    routes(read(answers, 1), "0.0.0.0/0", "/32", routes);
    routes(read(answers, 2), "::/0", "/128", routes);
    return new GuestNetwork(interfaces, routes);
  }

  private static boolean has(JsonNode flags, String wanted) {
    for (JsonNode flag : flags) {
      if (flag.asText().equals(wanted)) {
        return true;
      }
    }
    return false;
  }

  private static void routes(
      JsonNode from, String all, String host, List<GuestNetwork.Route> routes) {
    for (JsonNode route : from) {
      String destination = route.path("dst").asText();
      // Those that addresses bring with them, the guest's kernel makes again by itself.
      if (route.path("protocol").asText().equals("kernel")
          || route.path("type").asText("unicast").equals("multicast")) {
        continue;
      }
      if (destination.equals("default")) {
        destination = all;
      } else if (!destination.contains("/")) {
        destination += host;
      }
      routes.add(
          new GuestNetwork.Route(
              destination,
              route.path("gateway").asText(""),
              route.path("dev").asText(""),
              route.path("prefsrc").asText(""),
              route.path("metric").asInt(0)));
    }
  }

  private static JsonNode read(String[] answers, int index) {
    String answer = index < answers.length ? answers[index] : "";
    try {
      return JSON.readTree(answer.isBlank() ? "[]" : answer);
    } catch (IOException e) {
      throw Failures.io("reading an answer of ip", e);
    }
  }

  private String run(List<String> command, String input, Deadline deadline) {
    return run(command, input, deadline, false);
  }

  private String run(List<String> command, String input, Deadline deadline, boolean mayFail) {
    List<String> line = new ArrayList<>(List.of("nsenter", "--net=" + namespace, "--"));
    line.addAll(command);
    try {
      Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
      try (OutputStream in = process.getOutputStream()) {
        in.write(input.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // It ended without reading: its status and words say why.
      }
      // These programs end by themselves: netlink answers at once.
      String words =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (!process.waitFor(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
        process.destroyForcibly();
        throw new SandboxException(
            ErrorCode.DEADLINE_EXCEEDED, String.join(" ", command) + " was not done in time");
      }
      if (process.exitValue() != 0 && !mayFail) {
        throw new SandboxException(
            ErrorCode.PROGRAM_FAILED,
            "`"
                + String.join(" ", command)
                + "` failed in network namespace "
                + namespace
                + ": "
                + words.substring(0, Math.min(words.length(), LONGEST_WORDS)));
      }
      return words;
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.PROGRAM_MISSING,
          "cannot run " + command.getFirst() + " in a network namespace: install iproute2",
          e);
    } catch (InterruptedException e) {
      throw Failures.interrupted("running " + String.join(" ", command), e);
    }
  }
}
