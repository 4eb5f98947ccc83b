package dev.cofferdam.shim.state;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Whether a record that was read has all its parts. One that lacks some would be found out by
 * whoever asks for it first, and the whole shim with it: better here, where it can be put aside. A
 * part that versions before did not write gets its value in the record's constructor.
 */
final class WholeRecords {
  private WholeRecords() {}

  /**
   * @throws SandboxException CORRUPT_STATE naming the part that is missing
   */
  static void require(Record record) {
    for (RecordComponent part : record.getClass().getRecordComponents()) {
      requirePart(value(record, part), part.getName());
    }
  }

  private static void requirePart(@Nullable Object value, String name) {
    switch (value) {
      case null -> throw new SandboxException(ErrorCode.CORRUPT_STATE, "it lacks " + name);
      case Record inner -> require(inner);
      case Collection<?> parts -> parts.forEach(part -> requirePart(part, name));
      default -> {}
    }
  }

  private static @Nullable Object value(Record record, RecordComponent part) {
    try {
      return part.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new SandboxException(ErrorCode.INTERNAL, "cannot look at " + part, e);
    }
  }
}
