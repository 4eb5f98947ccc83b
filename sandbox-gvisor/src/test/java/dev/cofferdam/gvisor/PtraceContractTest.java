package dev.cofferdam.gvisor;

class PtraceContractTest extends GvisorContract {
  @Override
  protected String variant() {
    return "ptrace";
  }
}
