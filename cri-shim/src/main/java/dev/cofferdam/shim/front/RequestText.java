package dev.cofferdam.shim.front;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import java.util.Optional;
import java.util.Set;

/** What a text in a request may hold, by what it is for. */
enum RequestText {
  /** Somebody's data, which we only keep and pass on. */
  DATA(Integer.MAX_VALUE),
  /**
   * A word for a program: the kernel takes no longer one (MAX_ARG_STRLEN), and ends it at a NUL.
   */
  ARGUMENT(128 * 1024 - 1),
  /** A name or a path, as long as the kernel's longest path, on one line. */
  NAME(4095);

  private static final Set<String> ARGUMENTS = Set.of("command", "args", "cmd");
  private final int mostBytes;

  RequestText(int mostBytes) {
    this.mostBytes = mostBytes;
  }

  /** Values of variables are bytes in CRI, but nothing on the way to a process carries such. */
  static boolean isText(FieldDescriptor field) {
    return field.getJavaType() == JavaType.STRING || isVariable(field);
  }

  private static boolean isVariable(FieldDescriptor field) {
    return field.getContainingType().getName().equals("KeyValue")
        && field.getName().equals("value");
  }

  static RequestText of(FieldDescriptor field) {
    String owner = field.getContainingType().getName();
    if (owner.equals("AnnotationsEntry") && field.getNumber() == 2) {
      return DATA;
    }
    return ARGUMENTS.contains(field.getName()) || isVariable(field) ? ARGUMENT : NAME;
  }

  /** What is wrong with it, if anything. */
  Optional<String> objection(String text, int bytes) {
    if (bytes > mostBytes) {
      return Optional.of("it is " + bytes + " bytes long, more than " + mostBytes);
    }
    return switch (this) {
      case DATA -> Optional.empty();
      case ARGUMENT ->
          text.indexOf('\0') < 0 ? Optional.empty() : Optional.of("it holds a NUL character");
      case NAME ->
          text.chars().anyMatch(Character::isISOControl)
              ? Optional.of("it holds a control character")
              : Optional.empty();
    };
  }
}
