package io.tidemark.endtoend;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A table whose key's values are made from a whole number, so that a test can name its rows; some
 * rows have a value that is stored out of line.
 *
 * @param vendor whose types and expressions these are
 * @param key each key column's type and the expression that makes its value from the number {@code
 *     #}; different numbers make different keys
 */
record KeyedTable(Vendor vendor, String name, List<KeyColumn> key) {

  /** Every how manieth row has a large value. */
  static final int LARGE_EVERY = 25;

  record KeyColumn(String type, String expression) {}

  private static KeyedTable of(Vendor vendor, String name, String... typesAndExpressions) {
    List<KeyColumn> key = new ArrayList<>();
    for (int i = 0; i < typesAndExpressions.length; i += 2) {
      key.add(
          new KeyColumn(
              typesAndExpressions[i],
              typesAndExpressions[i + 1].replace("HASH", vendor.hash("concat(#, '')"))));
    }
    return new KeyedTable(vendor, name, List.copyOf(key));
  }

  /** One table for each type of key that order depends on. */
  static List<KeyedTable> ofEveryType(Vendor vendor) {
    return vendor == Vendor.POSTGRES ? ofPostgres() : ofMySql(vendor);
  }

  private static List<KeyedTable> ofPostgres() {
    Vendor own = Vendor.POSTGRES;
    return List.of(
        of(own, "by_int", "int", "#"),
        of(own, "by_bigint", "bigint", "(# - 10000) * 922337203685"),
        of(
            own,
            "by_icu",
            "text COLLATE \"en-x-icu\"",
            "(array['a','B','ä','Z','-','_ ','É'])[1 + # % 7] || upper(substr(HASH, 1, 3))"
                + " || 'q-' || #"),
        of(own, "by_c", "text COLLATE \"C\"", "(array['a','B','ä','Z'])[1 + # % 4] || HASH"),
        of(own, "by_default", "varchar(60)", "(array['x ','Y','''','\\'])[1 + # % 4] || HASH"),
        of(own, "by_uuid", "uuid", "HASH::uuid"),
        of(own, "by_numeric", "numeric", "((# * 7919 % 1000003) - 500000) / 1000.0"),
        of(own, "by_date", "date", "date '1990-01-01' + #"),
        of(
            own,
            "by_timestamptz",
            "timestamptz",
            "timestamptz '2020-03-29 00:00:00.000001+00' + # * interval '7 min 3.5 s'"),
        of(own, "by_bytea", "bytea", "decode(HASH, 'hex')"),
        of(own, "by_float", "float8", "# / 3.0::float8 - 1000"),
        of(own, "by_bool_char", "boolean", "# % 2 = 0", "char(8)", "#::text"),
        of(
            own,
            "by_mix",
            "text COLLATE \"en-x-icu\"",
            "(array['ab','Ab','äb','AB'])[1 + # % 4]",
            "smallint",
            "(# % 5)::smallint",
            "date",
            "date '2000-01-01' + # % 9",
            "int",
            "#"),
        of(own, "by_enum", "hue", "(array['red','green','blue'])[1 + # % 3]::hue", "int", "-(#)"));
  }

  private static List<KeyedTable> ofMySql(Vendor vendor) {
    String insensitive =
        "varchar(60) CHARACTER SET utf8mb4 COLLATE "
            + (vendor == Vendor.MYSQL ? "utf8mb4_0900_ai_ci" : "utf8mb4_general_ci");
    return List.of(
        of(vendor, "by_int", "int", "#"),
        of(vendor, "by_bigint", "bigint", "(# - 10000) * 922337203685"),
        of(vendor, "by_unsigned", "bigint unsigned", "18446744073709551615 - # * 1000003"),
        of(
            vendor,
            "by_insensitive",
            insensitive,
            "concat(elt(1 + # % 7, 'a','B','ä','Z','-','_ ','É'), upper(substr(HASH, 1, 3)),"
                + " 'q-', #)"),
        of(
            vendor,
            "by_binary_text",
            "varchar(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
            "concat(elt(1 + # % 4, 'a ','B','ä','''\\\\'), HASH)"),
        of(
            vendor,
            "by_latin",
            "varchar(60) CHARACTER SET latin1 COLLATE latin1_swedish_ci",
            "concat(elt(1 + # % 3, 'é','z','A'), #)"),
        of(vendor, "by_char", "char(12)", "concat('c', #)"),
        of(vendor, "by_bytes", "varbinary(16)", "unhex(HASH)"),
        of(vendor, "by_fixed_bytes", "binary(16)", "unhex(HASH)"),
        of(vendor, "by_decimal", "decimal(12,3)", "((# * 7919 % 1000003) - 500000) / 1000.0"),
        of(vendor, "by_date", "date", "date '1990-01-01' + interval # day"),
        of(
            vendor,
            "by_datetime",
            "datetime(6)",
            "timestamp '2020-03-29 00:00:00.000001' + interval # * 423 second"),
        of(
            vendor,
            "by_timestamp",
            "timestamp(3)",
            "timestamp '2010-03-29 00:00:00.001' + interval # * 423 second"),
        of(vendor, "by_time", "time(2)", "sec_to_time(# * 5.25)"),
        of(vendor, "by_double", "double", "# / 3e0 - 1000"),
        of(vendor, "by_bits", "bit(40)", "# * 1048573 % 1099511627776"),
        of(vendor, "by_bool_char", "tinyint(1)", "# % 2 = 0", "char(8)", "concat(#, '')"),
        of(
            vendor,
            "by_mix",
            insensitive,
            "elt(1 + # % 4, 'ab','cd','äx','EF')",
            "smallint",
            "# % 5",
            "date",
            "date '2000-01-01' + interval # % 9 day",
            "int",
            "#"),
        of(
            vendor,
            "by_enum",
            "enum('red','green','blue')",
            "elt(1 + # % 3, 'red','green','blue')",
            "int",
            "-(#)"));
  }

  /** Creates it and fills it with the rows of the numbers from 1. */
  List<String> create(int rows) {
    String columns =
        IntStream.range(0, key.size())
            .mapToObj(i -> "k" + i + " " + key.get(i).type() + " NOT NULL, ")
            .collect(Collectors.joining());
    List<String> statements = new ArrayList<>();
    statements.add(
        "CREATE TABLE %s (note text, %sn int NOT NULL, large text, PRIMARY KEY (%s))"
            .formatted(name, columns, columns()));
    if (vendor == Vendor.POSTGRES) {
      statements.add("ALTER TABLE " + name + " ALTER COLUMN large SET STORAGE EXTERNAL");
    }
    statements.add(insert("i", " FROM " + vendor.series(1, rows)));
    return statements;
  }

  private String columns() {
    return IntStream.range(0, key.size()).mapToObj(i -> "k" + i).collect(Collectors.joining(", "));
  }

  private String value(int column, String number) {
    KeyColumn of = key.get(column);
    String value = "(" + of.expression().replace("#", number) + ")";
    return vendor == Vendor.POSTGRES
        ? value + "::" + of.type().replaceAll(" COLLATE.*", "")
        : value;
  }

  private String values(String number) {
    return IntStream.range(0, key.size())
        .mapToObj(column -> value(column, number))
        .collect(Collectors.joining(", "));
  }

  private String insert(String number, String from) {
    return vendor.insertNew(
        "%s SELECT concat('note ', %s), %s, %s, CASE WHEN %s %% %d = 0 THEN repeat(%s, 100) END%s"
            .formatted(
                name,
                number,
                values(number),
                number,
                number,
                LARGE_EVERY,
                vendor.hash("concat(" + number + ", '')"),
                from));
  }

  String insert(int number) {
    return insert(Integer.toString(number), "");
  }

  String update(int number) {
    return where("UPDATE " + name + " SET n = n + 1, note = concat(note, '+')", number);
  }

  String updateLarge(int number) {
    return where(
        "UPDATE " + name + " SET large = repeat(" + vendor.hash("concat(n, note)") + ", 90)",
        number);
  }

  String delete(int number) {
    return where("DELETE FROM " + name, number);
  }

  /** Gives a row another key and leaves its large value alone. */
  String changeKey(int number, int other) {
    String set =
        IntStream.range(0, key.size())
            .mapToObj(i -> "k" + i + " = " + value(i, Integer.toString(other)))
            .collect(Collectors.joining(", "));
    return where("UPDATE " + name + " SET " + set, number);
  }

  private String where(String start, int number) {
    return "%s WHERE (%s) = (%s)".formatted(start, columns(), values(Integer.toString(number)));
  }
}
