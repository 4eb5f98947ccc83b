package dev.cofferdam.policy;

import java.util.List;

/** What one entry of a policy's backends comes down to: a strength, and variants to look for. */
record Candidates(Isolation wall, List<Variant> variants) {

  static Candidates of(BackendChoice choice) {
    return switch (choice.type()) {
      case GVISOR ->
          new Candidates(
              Isolation.APPLICATION_KERNEL,
              gVisor(choice.gVisor() == null ? GVisorChoice.DEFAULT : choice.gVisor()));
      case MICROVM -> microVm(choice.microVm() == null ? MicroVmChoice.DEFAULT : choice.microVm());
    };
  }

  private static List<Variant> gVisor(GVisorChoice choice) {
    Variant systrap = new Variant("gvisor", "systrap");
    Variant kvm = new Variant("gvisor", "kvm");
    Variant ptrace = new Variant("gvisor", "ptrace");
    return switch (choice.platform()) {
      // Systrap needs nothing of the host; ptrace is the old way and by far the slowest.
      case AUTO -> List.of(systrap, kvm, ptrace);
      case SYSTRAP -> List.of(systrap);
      case KVM -> List.of(kvm);
      case PTRACE -> List.of(ptrace);
    };
  }

  private static Candidates microVm(MicroVmChoice choice) {
    Variant firecracker = new Variant("microvm", "firecracker");
    return switch (choice.acceleration()) {
      case HARDWARE -> {
        Variant qemu = new Variant("microvm", "qemu");
        yield new Candidates(
            Isolation.VIRTUAL_MACHINE,
            switch (choice.monitor()) {
              case AUTO -> List.of(firecracker, qemu);
              case FIRECRACKER -> List.of(firecracker);
              case QEMU -> List.of(qemu);
            });
      }
      // Firecracker needs KVM.
      case EMULATED ->
          new Candidates(Isolation.DEVELOPMENT, List.of(new Variant("microvm", "qemu-emulated")));
    };
  }
}
