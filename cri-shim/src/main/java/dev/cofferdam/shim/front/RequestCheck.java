package dev.cofferdam.shim.front;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.WireFormat;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * What no request of ours may hold, whatever the call: looked at on the bytes, before anything is
 * made of them, so that the message says at which field, and so that sixteen megabytes of empty
 * entries do not become a gigabyte of objects. What a single field means is checked by its call.
 */
final class RequestCheck {
  private static final int MOST_FIELDS = 100_000;

  private int fields;

  private RequestCheck() {}

  /**
   * Looks at all fields that we know.
   *
   * @throws SandboxException INVALID_ARGUMENT naming the field
   */
  static void check(Descriptor type, byte[] request) {
    CodedInputStream in = CodedInputStream.newInstance(request);
    new RequestCheck().message(type, "", in);
  }

  private void message(Descriptor type, String path, CodedInputStream in) {
    Map<FieldDescriptor, Integer> seen = new HashMap<>();
    String at = path;
    try {
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
        at = field == null ? path : place(path, field, seen);
        if (++fields > MOST_FIELDS) {
          throw invalid(at, "the request has more than " + MOST_FIELDS + " fields");
        }
        if (field == null || !field(field, WireFormat.getTagWireType(tag), at, in)) {
          in.skipField(tag);
        }
      }
    } catch (IOException e) {
      throw invalid(at.isEmpty() ? "request" : at, "it is malformed: " + e.getMessage());
    }
  }

  /** Whether it was one to be looked at, and is read. */
  private boolean field(FieldDescriptor field, int wireType, String at, CodedInputStream in)
      throws IOException {
    boolean delimited = wireType == WireFormat.WIRETYPE_LENGTH_DELIMITED;
    if (field.getJavaType() == JavaType.MESSAGE && delimited) {
      int outer = in.pushLimit(in.readRawVarint32());
      message(field.getMessageType(), at, in);
      in.popLimit(outer);
      return true;
    }
    if (RequestText.isText(field) && delimited) {
      text(field, at, in.readByteArray());
      return true;
    }
    if (field.getJavaType() == JavaType.ENUM && wireType == WireFormat.WIRETYPE_VARINT) {
      int value = in.readEnum();
      if (field.getEnumType().findValueByNumber(value) == null) {
        throw invalid(
            at, value + " is no " + field.getEnumType().getName() + " that is known here");
      }
      return true;
    }
    return false;
  }

  private static void text(FieldDescriptor field, String at, byte[] bytes) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw invalid(at, "it is not UTF-8");
    }
    RequestText.of(field)
        .objection(text, bytes.length)
        .ifPresent(
            why -> {
              throw invalid(at, why);
            });
  }

  /** As {@code config.mounts[2].host_path}; an entry of a map is counted like one of a list. */
  private static String place(
      String path, FieldDescriptor field, Map<FieldDescriptor, Integer> seen) {
    String name = path.isEmpty() ? field.getName() : path + "." + field.getName();
    return field.isRepeated() ? name + "[" + (seen.merge(field, 1, Integer::sum) - 1) + "]" : name;
  }

  private static SandboxException invalid(String field, String why) {
    return new SandboxException(ErrorCode.INVALID_ARGUMENT, field + ": " + why);
  }
}
