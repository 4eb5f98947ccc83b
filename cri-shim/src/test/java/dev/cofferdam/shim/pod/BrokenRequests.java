package dev.cofferdam.shim.pod;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** A valid request, broken at each of its fields in turn, also at those that it does not set. */
final class BrokenRequests {
  /** What must become of it, whatever the field means. */
  enum Expected {
    /** Refused, with the field's name. */
    REFUSED,
    /** Refused or done; never a failure of ours. */
    ANSWERED
  }

  /**
   * One request with one thing wrong.
   *
   * @param field the name of the field alone
   */
  record Broken(String field, String what, ByteString bytes, Expected expected) {
    @Override
    public String toString() {
      return field + ": " + what;
    }
  }

  private static final String MARK = "\u2603not utf-8\u2603";

  private static final int ENORMOUS = 200_000;
  private static final Set<String> REFUSED_WHEN_CLIMBING =
      Set.of("log_directory", "log_path", "host_path", "cgroup_parent");

  private final Message valid;
  private final List<String> paths;
  private final List<Broken> all = new ArrayList<>();

  private BrokenRequests(Message valid, List<String> paths) {
    this.valid = valid;
    this.paths = paths;
  }

  /**
   * @param paths tried in each text: absolute ones that lead out of where they should
   */
  static List<Broken> of(Message valid, List<String> paths) {
    BrokenRequests requests = new BrokenRequests(valid, paths);
    requests.descend(valid, List.of());
    return requests.all;
  }

  private void descend(Message message, List<FieldDescriptor> above) {
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (field.getName().equals("windows")) {
        continue; // Nobody reads it.
      }
      List<FieldDescriptor> path = new ArrayList<>(above);
      path.add(field);
      if (field.isRepeated() && !field.isMapField()) {
        put(path, "empty", List.of());
      }
      switch (field.getJavaType()) {
        case MESSAGE -> descend(one(message, field), path);
        case STRING -> texts(path);
        case BYTE_STRING -> bytes(path);
        case INT -> numbers(path, List.of(0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 65_536));
        case LONG -> numbers(path, List.of(0L, -1L, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 40));
        case BOOLEAN -> numbers(path, List.of(true, false));
        case FLOAT, DOUBLE -> throw new AssertionError("CRI has no requests with " + field);
        case ENUM -> {
          field.getEnumType().getValues().forEach(value -> put(path, "is " + value, value));
          for (int number : List.of(-1, 99, Integer.MAX_VALUE)) {
            broken(
                path,
                "has no name: " + number,
                field.getEnumType().findValueByNumberCreatingIfUnknown(number),
                Expected.REFUSED);
          }
        }
      }
    }
  }

  private static Message one(Message message, FieldDescriptor field) {
    if (!field.isRepeated()) {
      return (Message) message.getField(field);
    }
    return message.getRepeatedFieldCount(field) > 0
        ? (Message) message.getRepeatedField(field, 0)
        : message.newBuilderForType().newBuilderForField(field).build();
  }

  private void texts(List<FieldDescriptor> path) {
    boolean data = ofAnnotation(path);
    put(path, "is missing", "");
    put(path, "is blank", " ");
    put(path, "is a number", "-1");
    put(path, "is not ASCII", "\u00e4\ud83d\ude00\u202e");
    Expected climbs =
        path.getFirst().getName().equals("config")
                && path.stream().noneMatch(each -> each.getName().equals("devices"))
                && REFUSED_WHEN_CLIMBING.contains(path.getLast().getName())
            ? Expected.REFUSED
            : Expected.ANSWERED;
    broken(path, "goes up", "../../../../../../outside", climbs);
    paths.forEach(each -> broken(path, "leads elsewhere", each, climbs));
    put(path, "is long", "x".repeat(4096));
    broken(path, "is enormous", "x".repeat(ENORMOUS), data ? Expected.ANSWERED : Expected.REFUSED);
    broken(path, "has a NUL", "a\0b", data ? Expected.ANSWERED : Expected.REFUSED);
    put(path, "has a line end", "a\nb");
    notUtf8(path, with(valid, path, 0, MARK));
  }

  private void bytes(List<FieldDescriptor> path) {
    put(path, "is missing", ByteString.EMPTY);
    broken(path, "has a NUL", ByteString.copyFromUtf8("a\0b"), Expected.REFUSED);
    broken(path, "is enormous", ByteString.copyFrom(new byte[ENORMOUS]), Expected.REFUSED);
    notUtf8(path, with(valid, path, 0, ByteString.copyFromUtf8(MARK)));
  }

  private void notUtf8(List<FieldDescriptor> path, Message marked) {
    byte[] bytes = marked.toByteArray();
    String all = new String(bytes, StandardCharsets.ISO_8859_1);
    String mark = new String(MARK.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    bytes[all.indexOf(mark)] = (byte) 0xff;
    this.all.add(
        new Broken(name(path), "is not UTF-8", ByteString.copyFrom(bytes), Expected.REFUSED));
  }

  private void numbers(List<FieldDescriptor> path, List<?> values) {
    values.forEach(value -> put(path, "is " + value, value));
  }

  private void put(List<FieldDescriptor> path, String what, Object value) {
    broken(path, what, value, Expected.ANSWERED);
  }

  private void broken(List<FieldDescriptor> path, String what, Object value, Expected expected) {
    all.add(new Broken(name(path), what, with(valid, path, 0, value).toByteString(), expected));
  }

  /** A wrapped number, and an entry of a map, go by the name of what they are in. */
  private static String name(List<FieldDescriptor> path) {
    FieldDescriptor last = path.getLast();
    boolean wrapped =
        last.getContainingType().getName().equals("Int64Value")
            || last.getContainingType().getOptions().getMapEntry();
    return path.get(path.size() - (wrapped ? 2 : 1)).getName();
  }

  private static boolean ofAnnotation(List<FieldDescriptor> path) {
    FieldDescriptor last = path.getLast();
    return last.getContainingType().getName().equals("AnnotationsEntry") && last.getNumber() == 2;
  }

  /** The message with one value set, deep inside. */
  private static Message with(
      Message message, List<FieldDescriptor> path, int depth, Object value) {
    FieldDescriptor field = path.get(depth);
    Message.Builder builder = message.toBuilder();
    boolean last = depth == path.size() - 1;
    Object set = last ? value : with(one(message, field), path, depth + 1, value);
    if (!field.isRepeated() || set instanceof List<?>) {
      return builder.setField(field, set).build();
    }
    if (field.isMapField() || message.getRepeatedFieldCount(field) == 0) {
      return builder.setField(field, Collections.singletonList(set)).build();
    }
    return builder.setRepeatedField(field, 0, set).build();
  }
}
