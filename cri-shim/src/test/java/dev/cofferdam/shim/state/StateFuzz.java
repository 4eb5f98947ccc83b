package dev.cofferdam.shim.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.cofferdam.linux.Trees;
import dev.cofferdam.sandbox.testing.Fuzz;
import dev.cofferdam.sandbox.testing.Mutations;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

/** Records that a disk, a person or another version has changed. */
class StateFuzz {
  private static final String A = "a".repeat(64);

  private Path root = Path.of("/nonexistent");

  @BeforeTry
  void make() throws IOException {
    root = Files.createTempDirectory("state");
  }

  @AfterTry
  void remove() throws IOException {
    Trees.delete(root);
  }

  @Provide
  Arbitrary<byte[]> sandboxes() throws IOException {
    return Mutations.of(List.of(StateJson.MAPPER.writeValueAsBytes(Records.sandbox(A))));
  }

  @Provide
  Arbitrary<byte[]> containers() throws IOException {
    return Mutations.of(List.of(StateJson.MAPPER.writeValueAsBytes(Records.container(A, A))));
  }

  private StateStore store(String kind, byte[] record) throws IOException {
    Path file = root.resolve(kind).resolve(A).resolve("record.json");
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.write(file, record);
    return new StateStore(root);
  }

  @Fuzz
  void sandbox_isReadWholeOrQuarantined(@ForAll("sandboxes") byte[] text) throws IOException {
    StateStore.Loaded loaded = store("sandboxes", text).load();
    assertEquals(1, loaded.sandboxes().size() + loaded.quarantined().size());
    for (SandboxRecord record : loaded.sandboxes()) {
      assertEquals(A, record.id());
      assertWhole(record);
    }
  }

  @Fuzz
  void container_isReadWholeOrQuarantined(@ForAll("containers") byte[] text) throws IOException {
    for (ContainerRecord record : store("containers", text).load().containers()) {
      assertEquals(A, record.id());
      assertWhole(record);
    }
  }

  /** A part that is null would be found out by whoever asks for it first, at any later time. */
  private static void assertWhole(Record record) {
    for (RecordComponent part : record.getClass().getRecordComponents()) {
      try {
        Object value = part.getAccessor().invoke(record);
        assertNotNull(value, part::toString);
        if (value instanceof Record inner) {
          assertWhole(inner);
        }
      } catch (ReflectiveOperationException e) {
        throw new LinkageError(part.toString(), e);
      }
    }
  }
}
