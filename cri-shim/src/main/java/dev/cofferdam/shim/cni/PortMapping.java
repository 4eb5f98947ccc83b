package dev.cofferdam.shim.cni;

/**
 * A port of the node that leads to one of the pod's.
 *
 * @param hostPort on the node; mappings with 0 or less are not passed to plugins
 * @param protocol {@code tcp}, {@code udp} or {@code sctp}
 * @param hostIp the node's address to listen on; blank: all
 */
public record PortMapping(int hostPort, int containerPort, String protocol, String hostIp) {}
