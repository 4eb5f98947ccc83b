package dev.cofferdam.sandbox;

/**
 * What stands between a pod and its node at this moment, as the wall itself and the node's kernel
 * say: never what the workload says, nor what was written down when the pod was made.
 *
 * @param kind for people, such as {@code gVisor}
 * @param variant the platform or monitor that the wall's process runs with
 * @param version of the very program that runs, even where another has been installed since; blank
 *     where it does not say
 * @param kernel what the wall's kernel calls itself; blank where it cannot be asked
 * @param pid the wall's process on the host
 */
public record Wall(String kind, String variant, String version, String kernel, long pid) {}
