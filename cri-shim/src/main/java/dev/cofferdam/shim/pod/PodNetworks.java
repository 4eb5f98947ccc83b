package dev.cofferdam.shim.pod;

import dev.cofferdam.cri.v1.DNSConfig;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.Protocol;
import dev.cofferdam.shim.cni.PodDns;
import dev.cofferdam.shim.cni.PodNetwork;
import dev.cofferdam.shim.cni.PortMapping;
import dev.cofferdam.shim.state.SandboxRecord;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** A pod as network plugins see it. Pure. */
final class PodNetworks {
  private PodNetworks() {}

  static PodNetwork of(SandboxRecord record, Path networkNamespace) {
    PodSandboxConfig config = record.config();
    DNSConfig dns = config.getDnsConfig();
    List<PortMapping> ports =
        config.getPortMappingsList().stream()
            .map(
                mapping ->
                    new PortMapping(
                        mapping.getHostPort(),
                        mapping.getContainerPort(),
                        protocol(mapping.getProtocol()),
                        mapping.getHostIp()))
            .toList();
    return new PodNetwork(
        record.id(),
        config.getMetadata().getNamespace(),
        config.getMetadata().getName(),
        config.getMetadata().getUid(),
        networkNamespace,
        ports,
        config.getAnnotationsMap(),
        new PodDns(dns.getServersList(), dns.getSearchesList(), dns.getOptionsList()),
        config.getLinux().getCgroupParent());
  }

  private static String protocol(Protocol protocol) {
    return protocol.name().toLowerCase(Locale.ROOT);
  }
}
