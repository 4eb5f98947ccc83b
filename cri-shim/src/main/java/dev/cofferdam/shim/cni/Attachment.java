package dev.cofferdam.shim.cni;

import java.util.List;

/**
 * A pod's place on the network.
 *
 * @param ips the addresses of {@code eth0} without prefix length, the primary one first
 * @param rawResultJson the last plugin's result as it printed it, in the network's CNI version
 */
public record Attachment(List<String> ips, String rawResultJson) {
  public Attachment {
    ips = List.copyOf(ips);
  }
}
