package dev.cofferdam.shim.cni;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Addresses that a pod asks for in its annotations, as the capabilities {@code ips}, {@code mac}
 * and {@code infinibandGUID} (CNI conventions). A pod that picks its own address can pass for
 * another: only where the node allows it.
 */
final class PodAddresses {
  static final String IPS = "network.cofferdam.dev/ips";
  static final String MAC = "network.cofferdam.dev/mac";
  static final String INFINIBAND_GUID = "network.cofferdam.dev/infiniband-guid";

  private static final int MOST_IPS = 16;
  private static final Pattern MAC_FORM = Pattern.compile("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}");
  private static final Pattern GUID_FORM = Pattern.compile("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){7}");
  private static final Pattern PREFIX = Pattern.compile("\\d{1,3}");

  private PodAddresses() {}

  /**
   * @throws SandboxException INVALID_ARGUMENT if the pod asks for what it may not, or what isn't
   *     one
   */
  static void put(ObjectNode capabilities, Map<String, String> annotations, boolean allowed) {
    TreeSet<String> asked = new TreeSet<>(annotations.keySet());
    asked.retainAll(List.of(IPS, MAC, INFINIBAND_GUID));
    if (asked.isEmpty()) {
      return;
    }
    if (!allowed) {
      throw invalid(
          "the pod's annotation "
              + asked.first()
              + " asks for an address of its own choice, which this node does not allow (setting"
              + " cni.pod-addresses)");
    }
    if (asked.contains(IPS)) {
      ips(capabilities.putArray("ips"), annotations.getOrDefault(IPS, ""));
    }
    if (asked.contains(MAC)) {
      capabilities.put("mac", formed(MAC, annotations.getOrDefault(MAC, ""), MAC_FORM));
    }
    if (asked.contains(INFINIBAND_GUID)) {
      String guid = annotations.getOrDefault(INFINIBAND_GUID, "");
      capabilities.put("infinibandGUID", formed(INFINIBAND_GUID, guid, GUID_FORM));
    }
  }

  private static void ips(ArrayNode ips, String text) {
    String[] parts = text.split(",", MOST_IPS + 1);
    for (String part : parts) {
      String ip = part.strip();
      if (ips.size() == MOST_IPS || !isAddress(ip)) {
        throw invalid(
            "the pod's annotation " + IPS + " is no list of IP addresses: \"" + text + "\"");
      }
      ips.add(ip);
    }
  }

  private static boolean isAddress(String text) {
    int slash = text.indexOf('/');
    String literal = slash < 0 ? text : text.substring(0, slash);
    try {
      int bits = InetAddress.ofLiteral(literal).getAddress().length * 8;
      if (slash < 0) {
        return true;
      }
      String prefix = text.substring(slash + 1);
      return PREFIX.matcher(prefix).matches() && Integer.parseInt(prefix) <= bits;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String formed(String annotation, String text, Pattern form) {
    if (!form.matcher(text).matches()) {
      throw invalid(
          "the pod's annotation "
              + annotation
              + " is not of the form "
              + form
              + ": \""
              + text
              + "\"");
    }
    return text;
  }

  private static SandboxException invalid(String why) {
    return new SandboxException(ErrorCode.INVALID_ARGUMENT, why);
  }
}
