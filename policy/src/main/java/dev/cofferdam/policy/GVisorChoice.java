package dev.cofferdam.policy;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import java.io.Serializable;

/** How gVisor is to run. Immutable. */
public record GVisorChoice(
    @Default("Auto")
        @JsonPropertyDescription(
            "How the sentry catches system calls. Auto: the first of Systrap, KVM and Ptrace that"
                + " the node has proved.")
        Platform platform,
    @Default("Sandbox")
        @JsonPropertyDescription("Whose network stack the pod uses: the sandbox's own.")
        Network network)
    implements Serializable {

  public static final GVisorChoice DEFAULT = new GVisorChoice(Platform.AUTO, Network.SANDBOX);

  /** gVisor's platforms. */
  public enum Platform {
    @JsonProperty("Auto")
    AUTO,
    @JsonProperty("Systrap")
    SYSTRAP,
    @JsonProperty("Ptrace")
    PTRACE,
    @JsonProperty("KVM")
    KVM
  }

  /** The network stacks that can be had; passing the host's through is not among them yet. */
  public enum Network {
    @JsonProperty("Sandbox")
    SANDBOX
  }

  /** The same defaults as in the CRD, for files that no API server has seen. */
  public GVisorChoice {
    platform = platform == null ? Platform.AUTO : platform;
    network = network == null ? Network.SANDBOX : network;
  }
}
