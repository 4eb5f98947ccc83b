package dev.cofferdam.shim.check;

import dev.cofferdam.linux.Kvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is below this node.
 *
 * @param virtualMachine whether a hypervisor is
 * @param hypervisor which; blank on bare metal
 * @param extensions whether the processor offers virtualization to this node
 * @param virtualization the same in words, and what the processor offers to guests of this node,
 *     and what /dev/kvm does; on a virtual machine that is nested virtualization
 * @param evidence where this was read
 */
public record Ground(
    boolean virtualMachine,
    String hypervisor,
    boolean extensions,
    String virtualization,
    String evidence) {
  private static final List<String> DMI = List.of("sys_vendor", "product_name");
  private static final long PROGRAM_SECONDS = 10;

  /** By what CPUID says; leaf 0x40000000, as Linux and libvirt list them. */
  private static String named(String signature) {
    return switch (signature) {
      case "KVMKVMKVM" -> "KVM";
      case "TCGTCGTCGTCG" -> "QEMU without KVM";
      case "MicrosoftHv" -> "Hyper-V";
      case "VMwareVMware" -> "VMware";
      case "XenVMMXenVMM" -> "Xen";
      case "bhyvebhyve" -> "bhyve";
      case "ACRNACRNACRN" -> "ACRN";
      case "VBoxVBoxVBox" -> "VirtualBox";
      default -> signature;
    };
  }

  /**
   * Looks at this node.
   *
   * @param canary the program that asks the processor
   */
  static Ground of(Path canary) throws IOException, InterruptedException {
    Set<String> flags = flags(Files.readString(Path.of("/proc/cpuinfo")));
    return of(flags, signature(canary), dmi(Path.of("/sys/class/dmi/id")), nested(), Kvm.state());
  }

  static Ground of(
      Set<String> flags, String signature, String dmi, String nestedParameter, String kvm) {
    boolean virtual = flags.contains("hypervisor") || !signature.isEmpty();
    String hypervisor =
        !virtual ? "" : signature.isEmpty() ? (dmi.isEmpty() ? "unknown" : dmi) : named(signature);
    boolean extensions = flags.contains("vmx") || flags.contains("svm");
    String offer =
        (virtual ? "nested virtualization " : "virtualization ")
            + (extensions ? "on" : "off")
            + (nestedParameter.isEmpty() ? "" : " (its guests may nest: " + nestedParameter + ")");
    String evidence =
        "CPUID: "
            + (signature.isEmpty() ? (virtual ? "hypervisor" : "no hypervisor") : signature)
            + (dmi.isEmpty() ? "" : "; DMI: " + dmi);
    return new Ground(virtual, hypervisor, extensions, offer + "; " + kvm, evidence);
  }

  static Set<String> flags(String cpuinfo) {
    return cpuinfo
        .lines()
        .filter(line -> line.startsWith("flags"))
        .findFirst()
        .map(
            line -> Set.copyOf(Arrays.asList(line.replaceFirst("^flags\\s*:\\s*", "").split(" +"))))
        .orElse(Set.of());
  }

  private static String signature(Path canary) throws IOException, InterruptedException {
    if (!Files.isExecutable(canary)) {
      return "";
    }
    Process process =
        new ProcessBuilder(canary.toString(), "hypervisor")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (var out = process.getInputStream()) {
      return process.waitFor(PROGRAM_SECONDS, TimeUnit.SECONDS)
          ? new String(out.readAllBytes(), StandardCharsets.US_ASCII).strip()
          : "";
    } finally {
      process.destroyForcibly();
    }
  }

  static String dmi(Path folder) {
    return DMI.stream().map(folder::resolve).flatMap(Ground::read).collect(Collectors.joining(" "));
  }

  private static String nested() {
    return Stream.of("kvm_intel", "kvm_amd")
        .map(module -> Path.of("/sys/module", module, "parameters/nested"))
        .flatMap(Ground::read)
        .findFirst()
        .map(value -> value.equals("Y") || value.equals("1") ? "yes" : "no")
        .orElse("");
  }

  private static Stream<String> read(Path file) {
    try {
      return Stream.of(Files.readString(file).strip()).filter(text -> !text.isEmpty());
    } catch (IOException missing) {
      return Stream.empty();
    }
  }
}
