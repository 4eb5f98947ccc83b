package dev.cofferdam.shim.cni;

import java.util.List;

/**
 * What the pod's {@code resolv.conf} will say; passed to plugins with the capability {@code dns}.
 */
public record PodDns(List<String> servers, List<String> searches, List<String> options) {
  public static final PodDns NONE = new PodDns(List.of(), List.of(), List.of());

  public PodDns {
    servers = List.copyOf(servers);
    searches = List.copyOf(searches);
    options = List.copyOf(options);
  }

  boolean isEmpty() {
    return servers.isEmpty() && searches.isEmpty() && options.isEmpty();
  }
}
