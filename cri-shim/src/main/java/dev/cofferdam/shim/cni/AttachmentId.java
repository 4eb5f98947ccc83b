package dev.cofferdam.shim.cni;

/** What plugins know an attachment by: {@code CNI_CONTAINERID} and {@code CNI_IFNAME}. */
public record AttachmentId(String containerId, String interfaceName) {}
