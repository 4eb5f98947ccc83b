package dev.cofferdam.shim.host;

/** Everything that pods need of their node. */
public record Host(
    Networks networks,
    Cgroups cgroups,
    HostMounts mounts,
    Images images,
    Logs logs,
    Streams streams,
    Notices notices) {}
