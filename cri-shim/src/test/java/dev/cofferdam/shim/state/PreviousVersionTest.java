package dev.cofferdam.shim.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Records as the version before wrote them. A field that was added since has to have a meaning
 * where it is missing: null is none.
 */
class PreviousVersionTest {
  @TempDir Path root;

  @Test
  void recordsOfTheVersionBefore_areRead_withNothingMissing() throws IOException {
    String sandboxId = "a".repeat(64);
    String containerId = "c".repeat(64);
    StateStore store = new StateStore(root);
    copy("sandbox.json", store.sandboxFolder(sandboxId));
    copy("container.json", store.containerFolder(containerId));

    StateStore.Loaded loaded = store.load();

    assertEquals(List.of(), loaded.quarantined());
    assertEquals(List.of(), loaded.quarantinedContainers());
    requireWhole("sandbox", loaded.sandboxes().getFirst());
    requireWhole("container", loaded.containers().getFirst());
    assertEquals("web", loaded.sandboxes().getFirst().config().getMetadata().getName());
    assertEquals("app", loaded.containers().getFirst().spec().orElseThrow().name());
  }

  private static void requireWhole(String path, Object value) {
    switch (value) {
      case Record whole -> {
        for (RecordComponent component : whole.getClass().getRecordComponents()) {
          String name = path + "." + component.getName();
          Object part = part(whole, component);
          assertNotNull(
              part, name + " is null where the version before did not write it: give it a default");
          requireWhole(name, part);
        }
      }
      case java.util.Optional<?> optional -> optional.ifPresent(part -> requireWhole(path, part));
      case Iterable<?> parts when !(value instanceof Path) ->
          parts.forEach(part -> requireWhole(path, part));
      default -> {}
    }
  }

  private static Object part(Record whole, RecordComponent component) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(whole);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(component.toString(), e);
    }
  }

  private void copy(String resource, Path folder) throws IOException {
    Files.createDirectories(folder);
    try (InputStream in = PreviousVersionTest.class.getResourceAsStream("before/" + resource)) {
      Files.copy(Objects.requireNonNull(in, resource), folder.resolve("record.json"));
    }
  }
}
