package dev.cofferdam.shim.install;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.install.record.NodeRecord;
import dev.cofferdam.shim.install.record.NodeRecord.Begun;
import dev.cofferdam.shim.install.record.RecordFile;
import dev.cofferdam.shim.install.record.Undo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Undoes what was begun and not completed: by this process, or by one that was cut off. */
final class Recovery {
  private final Machine machine;
  private final RecordFile file;

  Recovery(Machine machine) {
    this.machine = machine;
    this.file = machine.record();
  }

  /**
   * Undoes all of it, the last change first. What can't be undone stays on record, for the next
   * time, with all that was changed before it.
   *
   * @throws SandboxException naming what could not be undone
   */
  void run() throws IOException, InterruptedException {
    NodeRecord record = file.read();
    if (record.begun().isEmpty()) {
      if (record.installed().isEmpty()) {
        file.remove(); // of one that was killed while it began
      }
      return;
    }
    Begun begun = record.begun().get();
    machine.say((record.removes() ? "under way: " : "undoing: ") + begun.operation());
    UndoRun undo = new UndoRun(machine);
    List<Undo> left = new ArrayList<>(begun.undo());
    try {
      while (!left.isEmpty()) {
        undo.undo(left.getLast());
        left.removeLast();
      }
    } catch (IOException | SandboxException e) {
      throw stuck(record, begun, left, e);
    }
    if (record.installed().isPresent()) {
      file.write(new NodeRecord(NodeRecord.FORMAT, record.installed(), Optional.empty()));
    } else {
      file.remove();
    }
    if (!record.removes()) {
      machine.say("undone: " + begun.operation());
    }
  }

  /**
   * What was changed before it counts on what was changed after it being undone: nothing goes on.
   */
  private SandboxException stuck(
      NodeRecord record, Begun begun, List<Undo> left, Exception failure) {
    SandboxException stuck =
        new SandboxException(
            ErrorCode.WRONG_STATE,
            "not all of the %s could be %s: %s. Mend this and call the installer again: it goes on from there"
                .formatted(
                    begun.operation(), record.removes() ? "done" : "undone", failure.getMessage()),
            failure);
    try {
      file.write(
          new NodeRecord(
              NodeRecord.FORMAT,
              record.installed(),
              Optional.of(new Begun(begun.operation(), left))));
    } catch (IOException longer) {
      stuck.addSuppressed(longer); // the longer list does as well: undoing may be repeated
    }
    return stuck;
  }
}
