package dev.cofferdam.microvm;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.BackendProvider;
import java.nio.file.Path;
import java.util.Map;

/** Offers the backend {@code microvm}; {@link MicroVmSettings} are its settings. */
public final class MicroVmProvider implements BackendProvider {

  @Override
  public String name() {
    return MicroVmBackend.NAME;
  }

  @Override
  public Backend open(Path runtimeDirectory, Map<String, String> settings) {
    return new MicroVmBackend(runtimeDirectory.toAbsolutePath(), MicroVmSettings.of(settings));
  }
}
