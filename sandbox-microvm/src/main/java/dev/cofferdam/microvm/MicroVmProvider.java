package dev.cofferdam.microvm;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.BackendProvider;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.nio.file.Path;
import java.util.Map;

/** Offers the backend {@code microvm}. It has no settings yet. */
public final class MicroVmProvider implements BackendProvider {

  @Override
  public String name() {
    return MicroVmBackend.NAME;
  }

  @Override
  public Backend open(Path runtimeDirectory, Map<String, String> settings) {
    if (!settings.isEmpty()) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT,
          "unknown settings of the microVM backend: " + settings.keySet() + "; it has none");
    }
    return new MicroVmBackend();
  }
}
