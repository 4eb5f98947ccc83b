package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.BackendProvider;
import java.nio.file.Path;
import java.util.Map;

/** Offers the backend {@code gvisor}. Its only setting is {@code runsc}, the program's path. */
public final class GvisorProvider implements BackendProvider {

  @Override
  public String name() {
    return GvisorBackend.NAME;
  }

  @Override
  public Backend open(Path runtimeDirectory, Map<String, String> settings) {
    return new GvisorBackend(runtimeDirectory.toAbsolutePath(), GvisorSettings.of(settings));
  }
}
