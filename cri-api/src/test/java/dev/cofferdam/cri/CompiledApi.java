package dev.cofferdam.cri;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.cofferdam.cri.WireTable.Row;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** What the compiled descriptors say, as rows of the same form as the tables'. */
final class CompiledApi {
  private final Set<Row> rows = new TreeSet<>();
  private final Set<String> files = new TreeSet<>();

  private CompiledApi() {}

  Set<Row> rows() {
    return rows;
  }

  /** The names of the files whose elements these are. */
  Set<String> files() {
    return files;
  }

  /** All elements of the files given and of those that they import, but for protobuf's own. */
  static CompiledApi of(List<FileDescriptor> files) {
    CompiledApi api = new CompiledApi();
    ArrayDeque<FileDescriptor> queue = new ArrayDeque<>(files);
    while (!queue.isEmpty()) {
      FileDescriptor file = queue.remove();
      if (file.getPackage().equals("google.protobuf") || !api.files.add(file.getFullName())) {
        continue;
      }
      queue.addAll(file.getDependencies());
      file.getServices().forEach(service -> service.getMethods().forEach(api::method));
      file.getMessageTypes().forEach(api::message);
      file.getEnumTypes().forEach(api::enumeration);
    }
    return api;
  }

  private void method(MethodDescriptor method) {
    String type =
        side(method.isClientStreaming(), method.getInputType())
            + " -> "
            + side(method.isServerStreaming(), method.getOutputType());
    rows.add(new Row("rpc", method.getService().getFullName(), method.getName(), "", type, "", ""));
  }

  private static String side(boolean stream, Descriptor message) {
    return (stream ? "stream " : "") + message.getFullName();
  }

  private void message(Descriptor message) {
    if (message.getOptions().getMapEntry()) {
      return;
    }
    message.getNestedTypes().forEach(this::message);
    message.getEnumTypes().forEach(this::enumeration);
    message.getFields().forEach(this::field);
    if (message.getFields().isEmpty()) {
      rows.add(new Row("message", message.getFullName(), "", "", "", "", ""));
    }
  }

  private void enumeration(EnumDescriptor enumeration) {
    enumeration
        .getValues()
        .forEach(
            value ->
                rows.add(
                    new Row(
                        "enum",
                        enumeration.getFullName(),
                        value.getName(),
                        Integer.toString(value.getNumber()),
                        "",
                        "",
                        deprecated(value.getOptions().getDeprecated()))));
  }

  private void field(FieldDescriptor field) {
    rows.add(
        new Row(
            "message",
            field.getContainingType().getFullName(),
            field.getName(),
            Integer.toString(field.getNumber()),
            type(field),
            label(field),
            deprecated(field.getOptions().getDeprecated())));
  }

  private static String type(FieldDescriptor field) {
    if (field.isMapField()) {
      List<FieldDescriptor> entry = field.getMessageType().getFields();
      return "map<" + type(entry.get(0)) + "," + type(entry.get(1)) + ">";
    }
    return switch (field.getJavaType()) {
      case MESSAGE -> field.getMessageType().getFullName();
      case ENUM -> field.getEnumType().getFullName();
      case INT, LONG, FLOAT, DOUBLE, BOOLEAN, STRING, BYTE_STRING ->
          field.getType().name().toLowerCase(Locale.ROOT);
    };
  }

  private static String label(FieldDescriptor field) {
    if (field.isMapField()) {
      return "map";
    }
    if (field.isRepeated()) {
      return "repeated";
    }
    boolean explicitlyOptional =
        field.getContainingOneof() != null && field.getRealContainingOneof() == null;
    return explicitlyOptional ? "optional" : "";
  }

  private static String deprecated(boolean deprecated) {
    return deprecated ? "yes" : "";
  }
}
