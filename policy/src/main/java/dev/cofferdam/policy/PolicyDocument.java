package dev.cofferdam.policy;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
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
 * Reads one SandboxPolicy from YAML or JSON, as strictly as the API server: an unknown field, a
 * wrong type or a broken rule is an {@link InvalidPolicyException} that names the field.
 * Thread-safe.
 */
public final class PolicyDocument {

  private static final String API_VERSION = SandboxPolicy.GROUP + "/" + SandboxPolicy.VERSION;

  private static final ObjectMapper MAPPER =
      YAMLMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  private PolicyDocument() {}

  public static SandboxPolicy read(byte[] document) throws InvalidPolicyException {
    @Nullable SandboxPolicy policy;
    try (MappingIterator<SandboxPolicy> documents =
        MAPPER.readerFor(SandboxPolicy.class).readValues(document)) {
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
      throw invalid(path(e), e.getOriginalMessage());
    } catch (JsonProcessingException e) {
      throw invalid("document", String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw invalid("document", String.valueOf(e.getMessage()));
    }
    if (policy == null) {
      throw invalid("document", "empty");
    }
    if (!API_VERSION.equals(policy.getApiVersion())) {
      throw invalid("apiVersion", "must be " + API_VERSION);
    }
    if (!policy.getKind().equals("SandboxPolicy")) {
      throw invalid("kind", "must be SandboxPolicy");
    }
    List<Violation> violations = Validation.check(policy);
    if (!violations.isEmpty()) {
      throw new InvalidPolicyException(violations);
    }
    return policy;
  }

  private static InvalidPolicyException invalid(String field, String problem) {
    return new InvalidPolicyException(List.of(new Violation(field, problem)));
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
