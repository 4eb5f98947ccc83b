package dev.cofferdam.gvisor;

class SystrapContractTest extends GvisorContract {
  @Override
  protected String variant() {
    return "systrap";
  }
}
