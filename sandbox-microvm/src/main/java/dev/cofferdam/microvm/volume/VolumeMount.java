package dev.cofferdam.microvm.volume;

import dev.cofferdam.sandbox.MountSpec;

/**
 * A mount of a container, as the guest makes it.
 *
 * @param spec what was asked for
 * @param volume where it comes from
 * @param subPath the folder or file in the volume, relative; blank for its root
 */
public record VolumeMount(MountSpec spec, GuestVolume volume, String subPath) {}
