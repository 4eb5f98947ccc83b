package dev.cofferdam.microvm.network;

import java.util.List;

/**
 * What the guest's network is to be: that of the pod's namespace, without loopback. Immutable.
 *
 * @param interfaces in the order of the machine's
 */
public record GuestNetwork(List<Interface> interfaces, List<Route> routes) {

  /**
   * An interface of the guest.
   *
   * @param addresses with their prefix lengths
   */
  public record Interface(String name, String tap, String mac, int mtu, List<String> addresses) {
    public Interface {
      addresses = List.copyOf(addresses);
    }
  }

  /**
   * A route of the guest.
   *
   * @param destination with prefix length
   * @param gateway blank: on the link
   * @param source blank: any
   * @param metric 0: none
   */
  public record Route(
      String destination, String gateway, String device, String source, int metric) {}

  /** A pod with nothing but loopback. */
  public static final GuestNetwork NONE = new GuestNetwork(List.of(), List.of());

  public GuestNetwork {
    interfaces = List.copyOf(interfaces);
    routes = List.copyOf(routes);
  }
}
