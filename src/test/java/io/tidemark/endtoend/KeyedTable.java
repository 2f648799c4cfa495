package io.tidemark.endtoend;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A table whose key's values are made from a whole number, so that a test can name its rows; some
 * rows have a value that is stored out of line.
 *
 * @param key each key column's type and the expression that makes its value from the number {@code
 *     #}; different numbers make different keys
 */
record KeyedTable(String name, List<KeyColumn> key) {

  /** Every how manieth row has a large value. */
  static final int LARGE_EVERY = 25;

  record KeyColumn(String type, String expression) {}

  static KeyedTable of(String name, String... typesAndExpressions) {
    List<KeyColumn> key = new ArrayList<>();
    for (int i = 0; i < typesAndExpressions.length; i += 2) {
      key.add(new KeyColumn(typesAndExpressions[i], typesAndExpressions[i + 1]));
    }
    return new KeyedTable(name, List.copyOf(key));
  }

  /** One table for each type of key that order depends on. */
  static List<KeyedTable> ofEveryType() {
    return List.of(
        of("by_int", "int", "#"),
        of("by_bigint", "bigint", "(# - 10000) * 922337203685"),
        of(
            "by_icu",
            "text COLLATE \"en-x-icu\"",
            "(array['a','B','ä','Z','-','_ ','É'])[1 + # % 7] || upper(substr(md5(#::text), 1, 3))"
                + " || 'q-' || #"),
        of("by_c", "text COLLATE \"C\"", "(array['a','B','ä','Z'])[1 + # % 4] || md5(#::text)"),
        of("by_default", "varchar(60)", "(array['x ','Y','''','\\'])[1 + # % 4] || md5(#::text)"),
        of("by_uuid", "uuid", "md5(#::text)::uuid"),
        of("by_numeric", "numeric", "((# * 7919 % 1000003) - 500000) / 1000.0"),
        of("by_date", "date", "date '1990-01-01' + #"),
        of(
            "by_timestamptz",
            "timestamptz",
            "timestamptz '2020-03-29 00:00:00.000001+00' + # * interval '7 min 3.5 s'"),
        of("by_bytea", "bytea", "decode(md5(#::text), 'hex')"),
        of("by_float", "float8", "# / 3.0::float8 - 1000"),
        of("by_bool_char", "boolean", "# % 2 = 0", "char(8)", "#::text"),
        of(
            "by_mix",
            "text COLLATE \"en-x-icu\"",
            "(array['ab','Ab','äb','AB'])[1 + # % 4]",
            "smallint",
            "(# % 5)::smallint",
            "date",
            "date '2000-01-01' + # % 9",
            "int",
            "#"),
        of("by_enum", "hue", "(array['red','green','blue'])[1 + # % 3]::hue", "int", "-(#)"));
  }

  /** Creates it and fills it with the rows of the numbers from 1. */
  List<String> create(int rows) {
    String columns =
        IntStream.range(0, key.size())
            .mapToObj(i -> "k" + i + " " + key.get(i).type() + ", ")
            .collect(Collectors.joining());
    return List.of(
        "CREATE TABLE %s (note text, %sn int NOT NULL, large text, PRIMARY KEY (%s))"
            .formatted(name, columns, columns()),
        "ALTER TABLE " + name + " ALTER COLUMN large SET STORAGE EXTERNAL",
        insert("generate_series(1, " + rows + ") AS v (i)"));
  }

  private String columns() {
    return IntStream.range(0, key.size()).mapToObj(i -> "k" + i).collect(Collectors.joining(", "));
  }

  private String values(String number) {
    return key.stream()
        .map(
            column -> "(" + column.expression().replace("#", number) + ")::" + plain(column.type()))
        .collect(Collectors.joining(", "));
  }

  private static String plain(String type) {
    return type.replaceAll(" COLLATE.*", "");
  }

  private String insert(String from) {
    return """
        INSERT INTO %s SELECT 'note ' || i, %s, i,
          CASE WHEN i %% %d = 0 THEN repeat(md5(i::text), 100) END FROM %s ON CONFLICT DO NOTHING
        """
        .formatted(name, values("v.i"), LARGE_EVERY, from);
  }

  String insert(int number) {
    return insert("(VALUES (" + number + ")) AS v (i)");
  }

  String update(int number) {
    return where("UPDATE " + name + " SET n = n + 1, note = note || '+'", number, "FROM");
  }

  String updateLarge(int number) {
    return where(
        "UPDATE " + name + " SET large = repeat(md5(n::text || note), 90)", number, "FROM");
  }

  String delete(int number) {
    return where("DELETE FROM " + name, number, "USING");
  }

  /** Gives a row another key and leaves its large value alone. */
  String changeKey(int number, int other) {
    String set =
        IntStream.range(0, key.size())
            .mapToObj(
                i ->
                    "k%d = (%s)::%s"
                        .formatted(
                            i,
                            key.get(i).expression().replace("#", Integer.toString(other)),
                            plain(key.get(i).type())))
            .collect(Collectors.joining(", "));
    return where("UPDATE " + name + " SET " + set, number, "FROM");
  }

  private String where(String start, int number, String from) {
    return "%s %s (VALUES (%d)) AS v (i) WHERE (%s) = (%s)"
        .formatted(start, from, number, columns(), values("v.i"));
  }
}
