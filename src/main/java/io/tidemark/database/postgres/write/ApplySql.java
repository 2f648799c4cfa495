package io.tidemark.database.postgres.write;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.database.postgres.write.TargetTable.TargetColumn;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The statements that change one table. Rows come as one {@code text[]} per field; {@code unnest}
 * makes rows of them (PostgreSQL manual, 9.19), and a cast reads each value as its column's type.
 *
 * <p>The parameters are, in this order, the fields that find a row, then those that are assigned.
 */
final class ApplySql {

  /** Marks a row that was taken out of the table, and has all of its columns. */
  private static final String WHOLE = "tidemark_whole";

  private final TargetTable target;
  private final int[] key;

  ApplySql(TargetTable target) {
    this.target = target;
    this.key = target.table().keyIndexes();
  }

  String copy(String format) {
    return "COPY "
        + target.name()
        + " ("
        + names(IntStream.range(0, target.columns().size()))
        + ") FROM STDIN WITH (FORMAT "
        + format
        + ")";
  }

  /** Parameters: every field. An identity column takes the value too, as it does in a COPY. */
  String insert() {
    int size = target.columns().size();
    return "INSERT INTO "
        + target.name()
        + " ("
        + names(IntStream.range(0, size))
        + ") OVERRIDING SYSTEM VALUE SELECT "
        + list(size, i -> "u.s" + i + "::" + target.columns().get(i).type())
        + " FROM "
        + unnest(0, size);
  }

  /** Parameters: the key. */
  String delete() {
    return "DELETE FROM "
        + target.onlyName()
        + " AS t USING "
        + unnest(key.length, 0)
        + " WHERE "
        + keyMatches();
  }

  /** Parameters: the key, then the fields of {@code assigned}. */
  String update(BitSet assigned) {
    int[] fields = assigned.stream().toArray();
    return "UPDATE "
        + target.onlyName()
        + " AS t SET "
        + assignments(fields)
        + " FROM "
        + unnest(key.length, fields.length)
        + " WHERE "
        + keyMatches();
  }

  /**
   * Like {@link #update}, for tables with a column GENERATED ALWAYS AS IDENTITY that is assigned:
   * UPDATE may not do that, INSERT may (PostgreSQL manual, INSERT). Every other column, also one
   * that does not travel, moves over as it is.
   */
  String replace(BitSet assigned) {
    int[] fields = assigned.stream().toArray();
    List<String> columns = target.allColumns();
    List<String> values = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      String column = columns.get(i);
      int place = -1;
      for (int f = 0; f < fields.length; f++) {
        place = target.columns().get(fields[f]).name().equals(column) ? f : place;
      }
      values.add(
          place < 0
              ? "m.o" + i
              : "m.s" + place + "::" + target.columns().get(fields[place]).type());
    }
    return "WITH m AS (DELETE FROM "
        + target.onlyName()
        + " AS t USING "
        + unnest(key.length, fields.length)
        + " WHERE "
        + keyMatches()
        + " RETURNING "
        + list(columns.size(), i -> "t." + columns.get(i) + " AS o" + i)
        + (fields.length == 0 ? "" : ", ")
        + list(fields.length, i -> "u.s" + i)
        + ") INSERT INTO "
        + target.name()
        + " ("
        + String.join(", ", columns)
        + ") OVERRIDING SYSTEM VALUE SELECT "
        + String.join(", ", values)
        + " FROM m";
  }

  /** Parameters: the key. Gives the numbers, from 1, of the keys that have no row. */
  String missing() {
    return "SELECT u.ord FROM unnest("
        + list(key.length, i -> "?::text[]")
        + ") WITH ORDINALITY AS u("
        + list(key.length, i -> "k" + i)
        + ", ord) WHERE NOT EXISTS (SELECT FROM "
        + target.onlyName()
        + " AS t WHERE "
        + keyMatches()
        + ") ORDER BY u.ord";
  }

  /** Parameters: the fields of {@code known}. Deletes one row that has exactly these values. */
  String deleteOne(BitSet known) {
    return "DELETE FROM " + target.onlyName() + " AS t WHERE " + isTheOne(known);
  }

  /**
   * Parameters: the key, or the fields of {@code known} where there is none. Moves the row that has
   * them, whole, with the columns that do not travel.
   */
  String takeOut(TargetTable aside, BitSet known) {
    List<String> columns = target.allColumns();
    return "WITH m AS ("
        + (key.length > 0 ? delete() : deleteOne(known))
        + " RETURNING "
        + list(columns.size(), i -> "t." + columns.get(i))
        + ") INSERT INTO "
        + aside.name()
        + " ("
        + String.join(", ", columns)
        + ", "
        + WHOLE
        + ") SELECT m.*, true FROM m";
  }

  /** An empty table for rows that are taken out. Nothing but types is taken over. */
  String makeAside(TargetTable aside) {
    return "CREATE TEMPORARY TABLE "
        + aside.name()
        + " ON COMMIT DROP AS SELECT "
        + String.join(", ", target.allColumns())
        + ", NULL::boolean AS "
        + WHOLE
        + " FROM "
        + target.onlyName()
        + " WITH NO DATA";
  }

  /** Finds rows by their keys; not unique, as that is looked at when they are put in again. */
  String indexAside(TargetTable aside) {
    return "CREATE INDEX ON " + aside.name() + " (" + list(key.length, i -> column(i).name()) + ")";
  }

  /**
   * Moves rows in again.
   *
   * @param whole those that were taken out, with all their columns; or else those that are new,
   *     whose other columns get what the target gives to a row
   */
  String putBack(TargetTable aside, boolean whole) {
    List<String> all =
        whole
            ? target.allColumns()
            : target.columns().stream().map(TargetTable.TargetColumn::name).toList();
    String columns = String.join(", ", all);
    return "INSERT INTO "
        + target.name()
        + " ("
        + columns
        + ") OVERRIDING SYSTEM VALUE SELECT "
        + columns
        + " FROM "
        + aside.name()
        + " WHERE "
        + WHOLE
        + (whole ? " IS NOT NULL" : " IS NULL");
  }

  /**
   * Parameters: the fields of {@code assigned}, then those of {@code known}. The order is that of
   * the text.
   */
  String updateOne(BitSet known, BitSet assigned) {
    int[] fields = assigned.stream().toArray();
    return "UPDATE "
        + target.onlyName()
        + " AS t SET "
        + assignments(fields)
        + " FROM "
        + unnest(0, fields.length)
        + " WHERE "
        + isTheOne(known);
  }

  /**
   * Parameters: every value of the bounds that are there, as text (see {@link #bounds}); then, if
   * keys are left alone, for each column of the key an array with its texts: they may be more than
   * a statement can have parameters.
   */
  String clear(KeyRange range, boolean spares) {
    List<String> conditions = new ArrayList<>();
    String isKey =
        list(key.length, " AND ", i -> operand(i) + " " + column(i).equal() + " " + parameter(i));
    if (range instanceof KeyRange.Points points) {
      conditions.add("(" + list(points.keys().size(), " OR ", i -> "(" + isKey + ")") + ")");
    } else if (range instanceof KeyRange.Between between) {
      between.from().ifPresent(from -> conditions.add(beyond(3, 4)));
      between.to().ifPresent(to -> conditions.add(beyond(0, 0)));
    }
    if (spares) {
      conditions.add(
          "NOT EXISTS (SELECT FROM " + unnest(key.length, 0) + " WHERE " + keyMatches() + ")");
    }
    return "DELETE FROM "
        + target.onlyName()
        + " AS t"
        + (conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions));
  }

  /** The first parameters of {@link #clear}, in order. */
  static List<String> bounds(KeyRange range) {
    List<String> values = new ArrayList<>();
    if (range instanceof KeyRange.Points points) {
      points.keys().forEach(key -> values.addAll(key.values()));
    } else if (range instanceof KeyRange.Between between) {
      between.from().ifPresent(from -> addLexicographic(values, from));
      between.to().ifPresent(to -> addLexicographic(values, to));
    }
    return values;
  }

  private static void addLexicographic(List<String> values, Key bound) {
    for (int last = 0; last < bound.values().size(); last++) {
      values.addAll(bound.values().subList(0, last + 1));
    }
    if (bound.values().size() > 1) {
      values.add(bound.values().get(0));
    }
  }

  /**
   * The row comparison {@code (a, b) >= (x, y)}, which compares as the key's index does (PostgreSQL
   * manual, 9.25.5), written out: {@code (a > x OR (a = x AND b >= y)) AND a >= x}. Written with
   * ROW, it would take its operators from the search path, where those of an extension's type are
   * not; the last condition is for the index.
   *
   * @param last the comparison of the last column, as a place in the list of comparisons
   * @param strict that of the others, where they decide
   */
  private String beyond(int last, int strict) {
    List<String> alternatives = new ArrayList<>();
    for (int deciding = 0; deciding < key.length; deciding++) {
      int decides = deciding;
      int comparison = deciding == key.length - 1 ? last : strict;
      alternatives.add(
          list(
              deciding + 1,
              " AND ",
              i ->
                  operand(i)
                      + " "
                      + (i == decides ? column(i).comparisons().get(comparison) : column(i).equal())
                      + " "
                      + parameter(i)));
    }
    String condition = "(" + String.join(" OR ", alternatives) + ")";
    int leading = strict == 0 ? 1 : 3;
    return key.length == 1
        ? condition
        : condition
            + " AND "
            + operand(0)
            + " "
            + column(0).comparisons().get(leading)
            + " "
            + parameter(0);
  }

  /**
   * One row by its values. Both sides are printed as rows, so that each field appears as its type's
   * output function writes it, which is what the log carried; types without equality (json, xml,
   * point) need none, and null differs from the empty string (PostgreSQL manual, 8.16.6). A cast of
   * a single column would not do: to text, a boolean and a char(n) are cast otherwise than printed.
   */
  private String isTheOne(BitSet known) {
    int[] fields = known.stream().toArray();
    // Partitions count their rows apart, so that a ctid names a row only together with its table.
    String place = target.partitioned() ? "(t.tableoid, t.ctid)" : "t.ctid";
    String selected = target.partitioned() ? "x.tableoid, x.ctid" : "x.ctid";
    return place
        + " = (SELECT "
        + selected
        + " FROM "
        + target.onlyName()
        + " AS x WHERE ROW("
        + list(fields.length, i -> "x." + target.columns().get(fields[i]).name())
        + ")::text = (SELECT ROW("
        + list(fields.length, i -> "m.m" + i + own(fields[i]))
        + ")::text FROM unnest("
        + list(fields.length, i -> "?::text[]")
        + ") AS m("
        + list(fields.length, i -> "m" + i)
        + ")) LIMIT 1)";
  }

  /** Another vendor's text of a value becomes the one that is printed here by being read first. */
  private String own(int field) {
    return target.portable() ? "::" + target.columns().get(field).type() : "";
  }

  private String assignments(int[] fields) {
    return list(
        fields.length,
        i -> {
          TargetColumn column = target.columns().get(fields[i]);
          return column.name() + " = u.s" + i + "::" + column.type();
        });
  }

  private String keyMatches() {
    return list(
        key.length,
        " AND ",
        i -> operand(i) + " " + column(i).equal() + " u.k" + i + "::" + column(i).type());
  }

  private TargetColumn column(int keyColumn) {
    return target.columns().get(key[keyColumn]);
  }

  private String operand(int keyColumn) {
    return "t." + column(keyColumn).name();
  }

  private String parameter(int keyColumn) {
    return "?::text::" + column(keyColumn).type();
  }

  /**
   * In a select list, arrays of one length are taken apart side by side (PostgreSQL manual,
   * 36.5.8), row by row; in FROM each function's whole result would be stored first.
   */
  private static String unnest(int keys, int values) {
    return "(SELECT "
        + list(
            keys + values,
            i -> "pg_catalog.unnest(?::text[]) AS " + (i < keys ? "k" + i : "s" + (i - keys)))
        + ") AS u";
  }

  private String names(IntStream fields) {
    return fields
        .mapToObj(field -> target.columns().get(field).name())
        .collect(Collectors.joining(", "));
  }

  private static String list(int size, IntFunction<String> item) {
    return list(size, ", ", item);
  }

  private static String list(int size, String separator, IntFunction<String> item) {
    return IntStream.range(0, size).mapToObj(item).collect(Collectors.joining(separator));
  }

  /** The key's columns, as a set of fields. */
  Optional<BitSet> keyFields() {
    BitSet fields = new BitSet();
    IntStream.of(key).forEach(fields::set);
    return fields.isEmpty() ? Optional.empty() : Optional.of(fields);
  }
}
