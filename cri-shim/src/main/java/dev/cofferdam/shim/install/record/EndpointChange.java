package dev.cofferdam.shim.install.record;

/**
 * Where and how kubelet's container runtime endpoint is set on this node.
 *
 * @param file that is changed
 * @param before the endpoint before, which is containerd's; blank: none was set
 * @param after the shim's
 */
public record EndpointChange(Kind kind, String file, String before, String after) {

  /** How it is set. */
  public enum Kind {
    /** The key {@code containerRuntimeEndpoint} of the file that {@code --config} names. */
    CONFIG_FILE,
    /** A file of our own in the folder that {@code --config-dir} names. */
    DROP_IN,
    /** The flag {@code --container-runtime-endpoint} in a file of environment variables. */
    FLAG,
    /** The same flag in the unit itself or a drop-in of it, which systemd has to read again. */
    UNIT_FLAG
  }
}
