package dev.cofferdam.shim.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroundTest {
  private static final String OPENS = "KVM: opens";

  @Test
  void processorWithoutHypervisorBit_isBareMetal() {
    Ground ground = Ground.of(Set.of("vmx", "sse"), "", "Dell Inc. R650", "yes", OPENS);

    assertFalse(ground.virtualMachine());
    assertEquals("", ground.hypervisor());
    assertEquals(
        "virtualization on (its guests may nest: yes); KVM: opens", ground.virtualization());
    assertEquals("CPUID: no hypervisor; DMI: Dell Inc. R650", ground.evidence());
  }

  @Test
  void processorOfAGuest_isAVirtualMachineWithTheNameThatCpuidSays() {
    Ground ground = Ground.of(Set.of("hypervisor"), "KVMKVMKVM", "", "", OPENS);

    assertTrue(ground.virtualMachine());
    assertEquals("KVM", ground.hypervisor());
    assertEquals("nested virtualization off; KVM: opens", ground.virtualization());
  }

  @Test
  void hypervisorThatIsNotListed_keepsItsOwnName() {
    assertEquals("NewNewNewNew", Ground.of(Set.of(), "NewNewNewNew", "", "", OPENS).hypervisor());
  }

  @Test
  void hypervisorThatHidesItsName_isToldByDmi() {
    Ground ground = Ground.of(Set.of("hypervisor", "svm"), "", "Amazon EC2 m5", "", OPENS);

    assertEquals("Amazon EC2 m5", ground.hypervisor());
    assertEquals("nested virtualization on; KVM: opens", ground.virtualization());
  }

  @Test
  void flags_areThoseOfTheFirstProcessor() {
    assertEquals(
        Set.of("fpu", "vmx"), Ground.flags("processor\t: 0\nflags\t\t: fpu vmx\nbugs: x\n"));
    assertEquals(Set.of(), Ground.flags("processor: 0\n"));
  }

  @Test
  void dmi_isVendorAndProduct_whereThereIsAny(@TempDir Path folder) throws Exception {
    assertEquals("", Ground.dmi(folder));
    Files.writeString(folder.resolve("sys_vendor"), "QEMU\n");
    Files.writeString(folder.resolve("product_name"), "Standard PC\n");
    assertEquals("QEMU Standard PC", Ground.dmi(folder));
  }
}
