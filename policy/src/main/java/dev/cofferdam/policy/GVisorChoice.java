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
        @JsonPropertyDescription(
            "Whose network a pod may use. Sandbox: the sandbox's own; pods with hostNetwork: true"
                + " are refused. Host: pods with hostNetwork: true share the node's network, through"
                + " the node's own network stack; all others have the sandbox's own.")
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

  /** Whose network a pod may use. */
  public enum Network {
    /** Each pod has its own; the node's is refused. */
    @JsonProperty("Sandbox")
    SANDBOX,
    /** Pods that ask for the node's get it. */
    @JsonProperty("Host")
    HOST
  }

  /** The same defaults as in the CRD, for files that no API server has seen. */
  public GVisorChoice {
    platform = platform == null ? Platform.AUTO : platform;
    network = network == null ? Network.SANDBOX : network;
  }
}
