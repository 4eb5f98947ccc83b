package dev.cofferdam.shim.state;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.LinuxContainerResources;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.sandbox.RootFilesystem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How records look on disk. CRI messages are kept as their own encoding (base64), so that fields
 * newer than this shim survive; properties that it does not know are skipped.
 */
final class StateJson {
  private static final JsonSetter.Value EMPTY = JsonSetter.Value.forValueNulls(Nulls.AS_EMPTY);

  static final JsonMapper MAPPER =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .addModule(
              new SimpleModule()
                  .addSerializer(Path.class, new PathWriter())
                  .addDeserializer(Path.class, new PathReader())
                  .addSerializer(Message.class, new MessageWriter())
                  .addDeserializer(
                      PodSandboxConfig.class,
                      new MessageReader<>(PodSandboxConfig.class, PodSandboxConfig.parser()))
                  .addDeserializer(
                      ContainerConfig.class,
                      new MessageReader<>(ContainerConfig.class, ContainerConfig.parser()))
                  .addDeserializer(
                      LinuxContainerResources.class,
                      new MessageReader<>(
                          LinuxContainerResources.class, LinuxContainerResources.parser())))
          .addMixIn(RootFilesystem.class, RootFilesystemNames.class)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          // What the version before did not write yet.
          .withConfigOverride(String.class, absent -> absent.setSetterInfo(EMPTY))
          .withConfigOverride(List.class, absent -> absent.setSetterInfo(EMPTY))
          .withConfigOverride(Set.class, absent -> absent.setSetterInfo(EMPTY))
          .withConfigOverride(Map.class, absent -> absent.setSetterInfo(EMPTY))
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private StateJson() {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = RootFilesystem.Directory.class, name = "directory"),
    @JsonSubTypes.Type(value = RootFilesystem.Image.class, name = "image")
  })
  private interface RootFilesystemNames {}

  private static final class PathWriter extends StdSerializer<Path> {
    private static final long serialVersionUID = 1L;

    PathWriter() {
      super(Path.class);
    }

    @Override
    public void serialize(Path value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      out.writeString(value.toString());
    }
  }

  private static final class PathReader extends StdDeserializer<Path> {
    private static final long serialVersionUID = 1L;

    PathReader() {
      super(Path.class);
    }

    @Override
    public Path deserialize(JsonParser in, DeserializationContext context) throws IOException {
      return Path.of(in.getValueAsString(""));
    }
  }

  private static final class MessageWriter extends StdSerializer<Message> {
    private static final long serialVersionUID = 1L;

    MessageWriter() {
      super(Message.class);
    }

    @Override
    public void serialize(Message value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      out.writeBinary(value.toByteArray());
    }
  }

  private static final class MessageReader<T extends Message> extends StdDeserializer<T> {
    private static final long serialVersionUID = 1L;

    private final transient Parser<T> parser;

    MessageReader(Class<T> type, Parser<T> parser) {
      super(type);
      this.parser = parser;
    }

    @Override
    public T deserialize(JsonParser in, DeserializationContext context) throws IOException {
      return parser.parseFrom(in.getBinaryValue());
    }
  }
}
