package dev.cofferdam.cri;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The rows of one of the tables in {@code src/test/resources/schema}. */
final class WireTable {
  private WireTable() {}

  /**
   * One element of an API: a field, an enum's value, an RPC, or an empty message (with a blank
   * name). Types and parents are full names, so that rows of several packages can be compared.
   */
  record Row(
      String kind,
      String parent,
      String name,
      String number,
      String type,
      String label,
      String deprecated)
      implements Comparable<Row> {
    @Override
    public int compareTo(Row other) {
      return toString().compareTo(other.toString());
    }
  }

  /** Reads a table whose rows name their package in a last column, or all belong to one package. */
  static Set<Row> read(String resource, String packageOfRowsWithout) throws IOException {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(WireTable.class.getResourceAsStream(resource), resource),
                StandardCharsets.UTF_8))) {
      return reader
          .lines()
          .filter(line -> !line.startsWith("#") && !line.startsWith("kind\t"))
          .map(line -> row(line.split("\t", -1), packageOfRowsWithout))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static Row row(String[] columns, String defaultPackage) {
    String pkg = columns.length > 7 ? columns[7] : defaultPackage;
    String type =
        columns[0].equals("rpc") && columns.length <= 7
            ? qualifyRpc(columns[4], pkg)
            : qualify(columns[4], pkg);
    return new Row(
        columns[0], pkg + "." + columns[1], columns[2], columns[3], type, columns[5], columns[6]);
  }

  private static String qualifyRpc(String type, String pkg) {
    String[] sides = type.split(" -> ", 2);
    return qualifySide(sides[0], pkg) + " -> " + qualifySide(sides[1], pkg);
  }

  private static String qualifySide(String side, String pkg) {
    return side.startsWith("stream ")
        ? "stream " + qualify(side.substring("stream ".length()), pkg)
        : qualify(side, pkg);
  }

  /**
   * Scalars and maps are lower case; a name with a package has its dot before the first capital.
   */
  private static String qualify(String type, String pkg) {
    boolean localName = !type.isEmpty() && Character.isUpperCase(type.charAt(0));
    return localName ? pkg + "." + type : type;
  }
}
