package dev.cofferdam.shim.install.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.cri.v1.CgroupDriver;
import dev.cofferdam.cri.v1.LinuxRuntimeConfiguration;
import dev.cofferdam.cri.v1.RuntimeConfigResponse;
import org.junit.jupiter.api.Test;

class CanaryParentTest {

  private static String parent(RuntimeConfigResponse config) {
    return CanaryParent.of(config).getCgroupParent();
  }

  private static RuntimeConfigResponse driver(CgroupDriver driver) {
    return RuntimeConfigResponse.newBuilder()
        .setLinux(LinuxRuntimeConfiguration.newBuilder().setCgroupDriver(driver))
        .build();
  }

  @Test
  void systemdsDriver_getsASlice() {
    assertEquals("system.slice", parent(driver(CgroupDriver.SYSTEMD)));
  }

  @Test
  void anyOther_getsNone() {
    assertEquals("", parent(driver(CgroupDriver.CGROUPFS)));
    assertEquals("", parent(RuntimeConfigResponse.getDefaultInstance()));
  }
}
