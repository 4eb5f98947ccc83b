package dev.cofferdam.gvisor;

import java.util.Map;

/** As with a version of runsc that was never tested: the control socket is left alone. */
class CommandControlContractTest extends GvisorContract {

  @Override
  protected String variant() {
    return "systrap";
  }

  @Override
  protected Map<String, String> settings() {
    return Map.of("control", "commands");
  }
}
