package dev.cofferdam.shim.handler;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.BackendProvider;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;

/** The backends that this shim was built with, by name. Immutable. */
public final class Backends {
  private final Map<String, Backend> byName;

  public Backends(Collection<Backend> backends) {
    Map<String, Backend> names = new LinkedHashMap<>();
    backends.forEach(backend -> names.put(backend.name(), backend));
    this.byName = Map.copyOf(names);
  }

  /**
   * Opens every backend on the class path. Runs nothing.
   *
   * @param runtimeDirectory each backend gets a folder of its name in it
   * @param settings by backend's name
   * @throws SandboxException INVALID_ARGUMENT for a setting that a backend does not know
   */
  public static Backends load(Path runtimeDirectory, Map<String, Map<String, String>> settings) {
    List<Backend> opened =
        ServiceLoader.load(BackendProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .map(
                provider ->
                    provider.open(
                        runtimeDirectory.resolve(provider.name()),
                        settings.getOrDefault(provider.name(), Map.of())))
            .toList();
    return new Backends(opened);
  }

  public Optional<Backend> byName(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /**
   * The backend of this name.
   *
   * @throws SandboxException NO_BACKEND when this shim was built without it
   */
  public Backend require(String name) {
    return byName(name)
        .orElseThrow(
            () ->
                new SandboxException(
                    ErrorCode.NO_BACKEND, "this shim was built without the backend " + name));
  }

  public Collection<Backend> all() {
    return byName.values();
  }
}
