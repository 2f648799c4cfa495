package io.tidemark.database.mysql.write;

import io.tidemark.change.Row;
import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.session.ByteText;
import io.tidemark.database.mysql.session.Flavour;
import io.tidemark.database.mysql.session.Identifiers;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * One UPDATE of many rows that sets the same columns in all of them, to values of their own: the
 * values are a derived table, joined over the key.
 *
 * <p>A column of a derived table has one type for all its rows, so what is said about a literal
 * must not depend on the other rows. Text has one type whatever it is, and a number or a date in
 * quotes is read by the target's column as it is read from LOAD DATA: exactly. So everything but
 * integers, bits and bytes is given as text. Keys are compared by the server through an index, for
 * which both sides need the same kind of type; where that is not so, {@link #serves} says no.
 */
final class JointUpdate {

  private static final Set<String> INTEGERS =
      Set.of("tinyint", "smallint", "mediumint", "int", "bigint");

  private static final Set<String> TEXTS = Set.of("char", "varchar");

  private static final Set<String> BYTES = Set.of("binary", "varbinary");

  /** Types whose columns take what is computed in another way than a literal. */
  private static final Set<String> PARTICULAR =
      Set.of(
          "geometry",
          "point",
          "linestring",
          "polygon",
          "multipoint",
          "multilinestring",
          "multipolygon",
          "geomcollection",
          "geometrycollection",
          "vector",
          "year");

  private final TargetTable target;
  private final Flavour flavour;
  private final int[] key;
  private final int[] assigned;
  private final int[] given;
  private final int[] kept;

  /**
   * @param assigned the fields to set, none of the key among them; not empty
   */
  JointUpdate(TargetTable target, Flavour flavour, BitSet assigned) {
    this.target = target;
    this.flavour = flavour;
    this.key = target.keyFields();
    this.assigned = assigned.stream().toArray();
    this.given = IntStream.concat(Arrays.stream(key), Arrays.stream(this.assigned)).toArray();
    this.kept = target.keptBesides(assigned);
  }

  /** Whether rows of the table can be changed in this way. */
  static boolean serves(TargetTable target, BitSet assigned) {
    int[] key = target.keyFields();
    return key.length > 0
        && Arrays.stream(key).allMatch(field -> isFound(target.fields().get(field)))
        && assigned.stream()
            .noneMatch(
                field -> PARTICULAR.contains(target.fields().get(field).column().dataType()));
  }

  private static boolean isFound(FieldEncoding field) {
    MySqlColumn column = field.column();
    if (INTEGERS.contains(column.dataType())) {
      return field.isInteger();
    }
    return TEXTS.contains(column.dataType()) && column.charset().equals("utf8mb4")
        || BYTES.contains(column.dataType()) && field.isRaw();
  }

  /** Up to the first row. */
  void begin(ByteText sql) {
    if (flavour == Flavour.MYSQL) {
      sql.add("UPDATE (VALUES ");
      return;
    }
    // MariaDB names a derived table's columns by its first SELECT only.
    sql.add("UPDATE (SELECT ")
        .add(columns(field -> "NULL AS tidemark_" + field))
        .add(" FROM DUAL WHERE 1 = 0 UNION ALL VALUES ");
  }

  void row(Row row, boolean first, ByteText sql) {
    if (!first) {
      sql.add(',');
    }
    sql.add(flavour == Flavour.MYSQL ? "ROW(" : "(");
    for (int i = 0; i < given.length; i++) {
      if (i > 0) {
        sql.add(',');
      }
      int field = given[i];
      if (i >= key.length && target.isNullInstead(row, field)) {
        sql.add("NULL");
      } else {
        target.fields().get(field).joined(row, field, i < key.length, sql);
      }
    }
    sql.add(')');
  }

  /** Behind the last row. The new values are read once, and each row is found by the key. */
  void end(ByteText sql) {
    sql.add(") AS tidemark_new");
    if (flavour == Flavour.MYSQL) {
      sql.add(" (").add(columns(field -> "tidemark_" + field)).add(")");
    }
    sql.add(" STRAIGHT_JOIN ")
        .add(target.name())
        .add(" AS tidemark_old FORCE INDEX (")
        .add(Identifiers.quote(target.keyIndex()))
        .add(") ON ");
    String separator = "";
    for (int field : key) {
      MySqlColumn column = target.fields().get(field).column();
      sql.add(separator)
          .add("tidemark_old.")
          .add(target.fields().get(field).name())
          .add(" = tidemark_new.tidemark_")
          .add(String.valueOf(field));
      if (TEXTS.contains(column.dataType())) {
        sql.add(" COLLATE ").add(column.collation());
      }
      separator = " AND ";
    }
    separator = " SET ";
    for (int field : assigned) {
      sql.add(separator)
          .add("tidemark_old.")
          .add(target.fields().get(field).name())
          .add(" = tidemark_new.tidemark_")
          .add(String.valueOf(field));
      separator = ", ";
    }
    for (int field : kept) {
      String name = "tidemark_old." + target.fields().get(field).name();
      sql.add(separator).add(name).add(" = ").add(name);
    }
  }

  private String columns(IntFunction<String> each) {
    return Arrays.stream(given).mapToObj(each).collect(Collectors.joining(", "));
  }
}
