package dev.cofferdam.policy;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One SandboxPolicy in YAML or JSON, read as strictly as the API server does: an unknown field, a
 * wrong type or a broken rule is an {@link InvalidPolicyException} that names the field. Immutable.
 */
public record PolicyDocument(String name, SandboxPolicySpec spec) {

  private static final String API_VERSION = SandboxPolicy.GROUP + "/" + SandboxPolicy.VERSION;

  private static final ObjectMapper MAPPER =
      YAMLMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  /** What a file may say; not the Kubernetes client's own types, which cost a node megabytes. */
  private record Whole(
      @Nullable String apiVersion,
      @Nullable String kind,
      @Nullable JsonNode metadata,
      @Nullable SandboxPolicySpec spec,
      @Nullable JsonNode status) {}

  public static PolicyDocument read(byte[] document) throws InvalidPolicyException {
    @Nullable Whole policy;
    try (MappingIterator<Whole> documents = MAPPER.readerFor(Whole.class).readValues(document)) {
      policy = documents.hasNextValue() ? documents.nextValue() : null;
      if (documents.hasNextValue()) {
        throw invalid("document", "more than one; write each policy into a file of its own");
      }
    } catch (UnrecognizedPropertyException e) {
      throw invalid(
          path(e),
          "unknown field; known here: "
              + e.getKnownPropertyIds().stream()
                  .map(String::valueOf)
                  .sorted()
                  .collect(Collectors.joining(", ")));
    } catch (JsonMappingException e) {
      throw invalid(path(e), withoutJava(e.getOriginalMessage()));
    } catch (JsonProcessingException e) {
      throw invalid("document", String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw invalid("document", String.valueOf(e.getMessage()));
    }
    if (policy == null) {
      throw invalid("document", "empty");
    }
    if (!API_VERSION.equals(policy.apiVersion())) {
      throw invalid("apiVersion", "must be " + API_VERSION);
    }
    if (!"SandboxPolicy".equals(policy.kind())) {
      throw invalid("kind", "must be SandboxPolicy");
    }
    JsonNode metadata = policy.metadata();
    String name = metadata == null ? "" : metadata.path("name").asText();
    List<Violation> violations = Validation.check(name, policy.spec());
    if (!violations.isEmpty() || policy.spec() == null) {
      throw new InvalidPolicyException(violations);
    }
    return new PolicyDocument(name, policy.spec());
  }

  private static InvalidPolicyException invalid(String field, String problem) {
    return new InvalidPolicyException(List.of(new Violation(field, problem)));
  }

  // Jackson names our classes, which mean nothing to whoever wrote the file.
  private static String withoutJava(String message) {
    return message
        .replaceFirst("^Cannot deserialize value of type `[^`]*` from ", "not as it should be: ")
        .replaceFirst("not one of the values accepted for Enum class:", "must be one of");
  }

  private static String path(JsonMappingException e) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : e.getPath()) {
      if (step.getFieldName() == null) {
        path.append('[').append(step.getIndex()).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
      }
    }
    return path.isEmpty() ? "document" : path.toString();
  }
}
