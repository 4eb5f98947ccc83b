package dev.cofferdam.shim.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateStoreTest {
  private static final String A = "a".repeat(64);
  private static final String B = "b".repeat(64);
  private static final String C = "c".repeat(64);

  @TempDir Path root;

  @Test
  void load_afterSave_givesEqualRecords() {
    StateStore store = new StateStore(root);
    store.save(Records.sandbox(A));
    store.save(Records.container(C, A));

    StateStore.Loaded loaded = new StateStore(root).load();

    assertEquals(List.of(Records.sandbox(A)), loaded.sandboxes());
    assertEquals(List.of(Records.container(C, A)), loaded.containers());
    assertEquals(List.of(), loaded.quarantined());
  }

  @Test
  void save_again_replacesAndLeavesNoTemporaryFile() throws IOException {
    StateStore store = new StateStore(root);
    store.save(Records.sandbox(A));
    store.save(Records.sandbox(A).withPhase(SandboxRecord.Phase.ENDED, "gone"));

    assertEquals("gone", store.load().sandboxes().getFirst().note());
    assertEquals(List.of("record.json"), names(store.sandboxFolder(A)));
  }

  @Test
  void load_truncatedRecord_isQuarantinedAndTheRestGoesOn() throws IOException {
    StateStore store = new StateStore(root);
    store.save(Records.sandbox(A));
    store.save(Records.sandbox(B));
    Path file = store.sandboxFolder(A).resolve("record.json");
    Files.writeString(file, Files.readString(file).substring(0, 100));

    StateStore.Loaded loaded = store.load();

    assertEquals(List.of(Records.sandbox(B)), loaded.sandboxes());
    assertEquals(List.of(A), loaded.quarantined());
    assertTrue(Files.exists(root.resolve("quarantine").resolve(A).resolve("record.json")));
    assertFalse(Files.exists(store.sandboxFolder(A)));
  }

  @Test
  void load_recordUnderAnotherId_isQuarantined() throws IOException {
    StateStore store = new StateStore(root);
    store.save(Records.sandbox(A));
    Files.move(store.sandboxFolder(A), store.sandboxFolder(B));

    assertEquals(List.of(B), store.load().quarantined());
  }

  @Test
  void load_successorsVersion_isRead_laterOnesAreNot() throws IOException {
    StateStore store = new StateStore(root);
    store.save(Records.sandbox(A));
    store.save(Records.sandbox(B));
    setVersion(store.sandboxFolder(A), SandboxRecord.VERSION + 1);
    setVersion(store.sandboxFolder(B), SandboxRecord.VERSION + 2);

    StateStore.Loaded loaded = store.load();

    assertEquals(List.of(A), loaded.sandboxes().stream().map(SandboxRecord::id).toList());
    assertEquals(List.of(B), loaded.quarantined());
  }

  @Test
  void save_afterLoad_keepsWhatOnlyAnotherVersionKnows() throws IOException {
    StateStore before = new StateStore(root);
    before.save(Records.sandbox(A));
    Path file = before.sandboxFolder(A).resolve("record.json");
    Files.writeString(
        file,
        Files.readString(file)
            .replaceFirst("\\{", "{ \"newer\" : {\"a\" : [1]},")
            .replaceFirst("\"spec\" : \\{", "\"spec\" : { \"newerInside\" : true,"));

    StateStore store = new StateStore(root);
    assertEquals(List.of(Records.sandbox(A)), store.load().sandboxes());
    store.save(Records.sandbox(A).withPhase(SandboxRecord.Phase.ENDED, "gone"));

    String text = Files.readString(file).replaceAll("\\s", "");
    assertTrue(text.contains("\"newer\":{\"a\":[1]}"), text);
    assertTrue(text.contains("\"newerInside\":true"), text);
    assertTrue(text.contains("\"note\":\"gone\""), text);
  }

  @Test
  void load_folderWithoutRecord_isSwept() throws IOException {
    StateStore store = new StateStore(root);
    Files.createDirectories(store.sandboxFolder(A).resolve("backend"));

    assertEquals(List.of(), store.load().sandboxes());
    assertFalse(Files.exists(store.sandboxFolder(A)));
    assertFalse(Files.exists(root.resolve("quarantine")));
  }

  @Test
  void removeSandbox_twice_leavesNothing() throws IOException {
    StateStore store = new StateStore(root);
    store.save(Records.sandbox(A));
    store.removeSandbox(A);
    store.removeSandbox(A);

    assertEquals(List.of(), names(root.resolve("sandboxes")));
  }

  @Test
  void save_whereTheFolderCannotBeWritten_saysWhereAndLeavesNothing() throws IOException {
    StateStore store = new StateStore(root);
    Files.delete(root.resolve("sandboxes"));
    Files.writeString(root.resolve("sandboxes"), "a file");

    SandboxException e = assertThrows(SandboxException.class, () -> store.save(Records.sandbox(A)));

    assertEquals(ErrorCode.INTERNAL, e.code());
    assertTrue(e.toString().contains(root.toString()), e.toString());
  }

  private static void setVersion(Path folder, int version) throws IOException {
    Path file = folder.resolve("record.json");
    Files.writeString(
        file,
        Files.readString(file).replaceFirst("\"version\" : \\d+", "\"version\" : " + version));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.map(child -> String.valueOf(child.getFileName())).sorted().toList();
    }
  }
}
