package dev.cofferdam.microvm.firecracker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The requests' bodies against Firecracker's own description of its API. */
class ApiTableTest {
  private static final List<String[]> ROWS =
      Transcripts.lines("api.tsv").stream()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split("\t", -1))
          .toList();

  /** Deprecated ones, which we never send. */
  private static final Set<String> LEFT_OUT =
      Set.of(
          "SnapshotLoadParams.enable_diff_snapshots",
          "SnapshotLoadParams.mem_file_path",
          "Vsock.vsock_id");

  @Test
  void bodies_all_haveTheDescribedProperties() {
    List<String> wrong = new ArrayList<>();
    for (Class<?> body : Body.class.getPermittedSubclasses()) {
      String name = body.getSimpleName();
      Set<String> described =
          ROWS.stream()
              .filter(row -> row[0].equals("property") && row[1].equals(name))
              .map(row -> row[2])
              .filter(property -> !LEFT_OUT.contains(name + "." + property))
              .collect(Collectors.toCollection(TreeSet::new));
      Set<String> ours =
          Arrays.stream(body.getRecordComponents())
              .map(ApiTableTest::name)
              .collect(Collectors.toCollection(TreeSet::new));
      if (!described.equals(ours)) {
        wrong.add(name + ": described " + described + ", ours " + ours);
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void operations_withABody_haveOne() {
    Set<String> ours =
        Arrays.stream(Body.class.getPermittedSubclasses())
            .map(Class::getSimpleName)
            .collect(Collectors.toSet());
    List<String> missing =
        ROWS.stream()
            .filter(row -> row[0].equals("operation") && !row[3].isEmpty())
            .map(row -> row[3])
            .filter(type -> !type.equals("MmdsContentsObject")) // any JSON
            .filter(type -> !ours.contains(type))
            .distinct()
            .toList();
    assertEquals(List.of(), missing);
    assertTrue(ROWS.size() > 200);
  }

  private static String name(RecordComponent component) {
    JsonProperty named = component.getAccessor().getAnnotation(JsonProperty.class);
    return named != null
        ? named.value()
        : PropertyNamingStrategies.SnakeCaseStrategy.INSTANCE.translate(component.getName());
  }
}
