package dev.cofferdam.shim.debug;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.MapEntry;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Map;

/** CRI's messages as JSON, under the names of their fields. Bytes are told by their number only. */
final class CriJson {
  private CriJson() {}

  static ObjectNode of(Message message) {
    ObjectNode object = KnownPod.JSON.createObjectNode();
    for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
      FieldDescriptor descriptor = field.getKey();
      String name = descriptor.getName();
      if (descriptor.isMapField()) {
        ObjectNode map = object.putObject(name);
        for (Object entry : (List<?>) field.getValue()) {
          MapEntry<?, ?> pair = (MapEntry<?, ?>) entry;
          map.set(String.valueOf(pair.getKey()), value(pair.getValue()));
        }
      } else if (descriptor.isRepeated()) {
        ArrayNode array = object.putArray(name);
        ((List<?>) field.getValue()).forEach(each -> array.add(value(each)));
      } else {
        object.set(name, value(field.getValue()));
      }
    }
    return object;
  }

  private static JsonNode value(Object value) {
    var nodes = KnownPod.JSON.getNodeFactory();
    return switch (value) {
      case Message message -> of(message);
      case Boolean flag -> nodes.booleanNode(flag);
      case Integer number -> nodes.numberNode(number);
      case Long number -> nodes.numberNode(number);
      case Double number -> nodes.numberNode(number);
      case ByteString bytes -> nodes.textNode(bytes.size() + " bytes");
      case EnumValueDescriptor constant -> nodes.textNode(constant.getName());
      default -> nodes.textNode(String.valueOf(value));
    };
  }
}
