package dev.cofferdam.kvm;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import dev.cofferdam.lab.LabException;
import dev.cofferdam.lab.LabOptions;
import dev.cofferdam.lab.LabOptions.NodeRuntime;
import dev.cofferdam.lab.Progress;
import dev.cofferdam.lab.VmNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * The microVM backend's contract on QEMU with KVM. No machine of ours has KVM that works, so it
 * runs in the lab's virtual machine, whose emulated processor has it: slow, but KVM. What a test
 * says there it says here.
 */
@Tag("kvm")
class KvmContractInTheMachineTest {
  private static final Path REPOSITORY = Path.of("../..").toAbsolutePath().normalize();

  /** Names the folder of what is run there; dev/lib/contract-folder makes it. */
  private static final String FOLDER = "COFFERDAM_CONTRACT";

  private static final Duration WHOLE = Duration.ofMinutes(40);
  private static final int END_OF_LOG = 4000;

  /** What took a guest's boot of some seconds elsewhere takes a minute there. */
  private static final String RUN =
      """
      set -eu
      cd /contract
      export COFFERDAM_GUEST_IMAGE=/contract/guest COFFERDAM_FILES=/contract/bin/cofferdam-files \
        COFFERDAM_VHOST_DEVICE_VSOCK=/contract/bin/vhost-device-vsock
      exec java/bin/java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED \
        --sun-misc-unsafe-memory-access=allow -Dcofferdam.kvm=true -Dcofferdam.patience=4 \
        -cp 'classes:test-classes:lib/*' dev.cofferdam.microvm.ContractRun dev.cofferdam.microvm.KvmContractTest
      """;

  @TestFactory
  Stream<DynamicTest> contract_onQemuWithKvm_isKept() throws IOException {
    Lab lab = new Lab(options(), new Progress(System.err));
    lab.down();
    try {
      lab.up();
      return outcomes(lab.vmNode()).stream().map(ContractOutcome::told);
    } finally {
      lab.down();
    }
  }

  /** One processor: with two, a guest or the machine freezes now and then. */
  private static LabOptions options() {
    String name = System.getenv().getOrDefault("COFFERDAM_LAB", "test") + "kvm";
    return new LabOptions(name, REPOSITORY, NodeRuntime.CONTAINERD, false).withVmNode(1);
  }

  private static List<ContractOutcome> outcomes(VmNode machine) throws IOException {
    String folder = System.getenv(FOLDER);
    if (folder == null || folder.isBlank()) {
      throw new LabException(FOLDER + " is not set: dev/test kvm sets it");
    }
    // Nobody here is to be a node.
    String about =
        machine
            .run(
                "systemctl stop kubelet containerd && test -c /dev/kvm && uname -r"
                    + " && qemu-system-x86_64 --version | head -1")
            .orThrow()
            .out();
    machine.show(Path.of(folder), "/contract");
    try {
      Result run = machine.run(WHOLE, RUN);
      keep(about, run);
      return ContractOutcome.read(run.out());
    } catch (LabException | IllegalStateException e) {
      String log = Files.readString(machine.serialLog());
      String end = log.substring(Math.max(0, log.length() - END_OF_LOG));
      throw new LabException(e.getMessage() + "\nthe machine's console ends with:\n" + end, e);
    }
  }

  /** For docs/results, and for whoever wants to know why. */
  private static void keep(String about, Result run) throws IOException {
    Path target = Files.createDirectories(Path.of("target"));
    Files.writeString(target.resolve("kvm-contract.log"), run.out() + run.err());
    String lines =
        ContractOutcome.read(run.out()).stream()
            .map(ContractOutcome::toString)
            .collect(Collectors.joining("\n", "", "\n"));
    Files.writeString(target.resolve("kvm-contract.txt"), about + lines);
  }
}
