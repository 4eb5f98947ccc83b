package dev.cofferdam.shim.install;

import dev.cofferdam.shim.install.record.NodeRecord;
import dev.cofferdam.shim.install.record.NodeRecord.Begun;
import dev.cofferdam.shim.install.record.NodeRecord.Installed;
import dev.cofferdam.shim.install.record.RecordFile;
import dev.cofferdam.shim.install.record.Undo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One operation's part of the record. Not thread-safe: an installer works alone. */
final class Journal {
  private final RecordFile file;
  private final String operation;
  private final Optional<Installed> installed;
  private final List<Undo> undo = new ArrayList<>();

  private Journal(RecordFile file, String operation, Optional<Installed> installed) {
    this.file = file;
    this.operation = operation;
    this.installed = installed;
  }

  /** Nothing may be begun. */
  static Journal begin(RecordFile file, String operation) throws IOException {
    Journal journal = new Journal(file, operation, file.read().installed());
    journal.write();
    return journal;
  }

  /** Notes how the next change is taken back. On disk when this returns. */
  void add(Undo change) throws IOException {
    undo.add(change);
    write();
  }

  List<Undo> changes() {
    return List.copyOf(undo);
  }

  private void write() throws IOException {
    file.write(
        new NodeRecord(
            NodeRecord.FORMAT, installed, Optional.of(new Begun(operation, List.copyOf(undo)))));
  }

  /** All is done: this is what is there from now on. */
  void commit(Installed result) throws IOException {
    file.write(new NodeRecord(NodeRecord.FORMAT, Optional.of(result), Optional.empty()));
  }
}
