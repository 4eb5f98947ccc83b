package dev.cofferdam.policy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a policy asks of a node and of its shim: isolation and backends with their settings. Two
 * policies that ask the same have the same digest, however they are written; who may use them, what
 * they cost and which nodes they select is not part of it.
 */
public final class Requirement {

  /** Nodes that serve a requirement have a label of this prefix, which a kubelet may not set. */
  public static final String LABEL_PREFIX = "cofferdam.node-restriction.kubernetes.io/";

  /** The value of that label. */
  public static final String LABEL_VALUE = "proved";

  private static final int DIGEST_LENGTH = 12;

  private Requirement() {}

  /** Twelve hexadecimal digits. */
  public static String digest(SandboxPolicySpec policy) {
    StringBuilder text = new StringBuilder("v1 ").append(policy.isolation());
    for (BackendChoice choice : policy.backends()) {
      text.append('\n').append(choice.type()).append(' ').append(choice.onNodes());
      switch (choice.type()) {
        case GVISOR -> {
          GVisorChoice gVisor = choice.gVisor() == null ? GVisorChoice.DEFAULT : choice.gVisor();
          text.append(' ').append(gVisor.platform()).append(' ').append(gVisor.network());
        }
        case MICROVM -> {
          MicroVmChoice vm = choice.microVm() == null ? MicroVmChoice.DEFAULT : choice.microVm();
          text.append(' ').append(vm.monitor()).append(' ').append(vm.acceleration());
          text.append(' ').append(vm.vcpus()).append(' ').append(bytes(vm));
        }
      }
    }
    return sha256(text.toString()).substring(0, DIGEST_LENGTH);
  }

  /** The key of the label that nodes have which serve this policy. */
  public static String labelOf(SandboxPolicySpec policy) {
    return LABEL_PREFIX + digest(policy);
  }

  /** How a shim acknowledges that it has loaded this generation of a policy. */
  public static String acknowledgement(long generation, SandboxPolicySpec policy) {
    return generation + "/" + digest(policy);
  }

  /** The digest out of an acknowledgement. */
  public static String ofAcknowledgement(String acknowledgement) {
    return acknowledgement.substring(acknowledgement.indexOf('/') + 1);
  }

  // 1024Mi and 1Gi ask the same.
  private static String bytes(MicroVmChoice vm) {
    return vm.memory().getNumericalAmount().stripTrailingZeros().toPlainString();
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
