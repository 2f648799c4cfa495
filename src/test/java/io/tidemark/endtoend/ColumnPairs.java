package io.tidemark.endtoend;

import io.tidemark.endtoend.fixture.Vendor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Types of every kind that the vendors have, with values at their limits. */
final class ColumnPairs {

  /** What a column's values are alike in, whatever prints them. */
  enum Kind {
    TRUTH,
    NUMBER,
    SINGLE,
    DOUBLE,
    TEXT,
    PADDED,
    BYTES,
    VECTOR,
    TIME,
    JSON
  }

  /**
   * A column of the source.
   *
   * @param values as SQL, one for each row
   */
  record Source(String type, Kind kind, List<String> values) {}

  private ColumnPairs() {}

  private static Source source(String type, Kind kind, String... values) {
    return new Source(type, kind, List.of(values));
  }

  /** What a test has to make before tables with the types below. */
  static List<String> preparations(Vendor vendor) {
    return vendor == Vendor.POSTGRES
        ? List.of(
            "CREATE TYPE labels AS ENUM ('a', 'b', '3', '1.7', ' a ', 'é€', '', 'ab', 'longer',"
                + " 'a,b', 'c', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')",
            "CREATE TYPE pair AS (x numeric(10,2), y text)",
            "CREATE DOMAIN cents AS numeric(10,2)",
            "CREATE DOMAIN cents_again AS cents CHECK (value > -1e30)",
            "CREATE DOMAIN words AS text",
            "CREATE DOMAIN short AS name")
        : List.of();
  }

  static List<Source> sources(Vendor vendor) {
    return vendor == Vendor.POSTGRES ? POSTGRES_SOURCES : mySqlSources(vendor);
  }

  static List<String> targets(Vendor vendor) {
    return vendor == Vendor.POSTGRES ? POSTGRES_TARGETS : mySqlTargets(vendor);
  }

  private static final List<Source> POSTGRES_SOURCES =
      List.of(
          source("boolean", Kind.TRUTH, "true", "false"),
          source("smallint", Kind.NUMBER, "-32768", "32767", "5", "0"),
          source("integer", Kind.NUMBER, "-2147483648", "2147483647", "1", "5"),
          source(
              "bigint",
              Kind.NUMBER,
              "-9223372036854775808",
              "9223372036854775807",
              "9007199254740993",
              "1"),
          source("oid", Kind.NUMBER, "4294967295", "0"),
          source("numeric(10,4)", Kind.NUMBER, "123456.7891", "-5.5", "7", "0.01"),
          source("numeric(20,0)", Kind.NUMBER, "18446744073709551615", "-1", "2001"),
          source("numeric", Kind.NUMBER, "1.5", "12345678901234567890.25", "'NaN'"),
          source("real", Kind.SINGLE, "0.1", "3.4028235e38", "2.5", "'-0'"),
          source("double precision", Kind.DOUBLE, "0.1", "1e300", "2.5", "'-0'", "'NaN'"),
          source("text", Kind.TEXT, "'3'", "'1.7'", "' a '", "'é€'", "''", "'longer'", "'a,b'"),
          source("character varying(8)", Kind.TEXT, "'3'", "'ab'", "'longer'"),
          source("character(5)", Kind.PADDED, "'ab'", "'3'", "''"),
          source("name", Kind.TEXT, "'ab'", "'3'"),
          source("bytea", Kind.BYTES, "'\\x31'", "'\\x00ff'", "'\\x'"),
          source("bit(1)", Kind.TEXT, "B'1'", "B'0'"),
          source("bit(4)", Kind.TEXT, "B'0101'", "B'0000'"),
          source("bit varying(8)", Kind.TEXT, "B'01'", "B'0101'", "B''"),
          source("date", Kind.TIME, "'2024-02-29'", "'9999-12-31'", "'infinity'"),
          source("time", Kind.TIME, "'23:59:59.999999'", "'12:00:00'", "'24:00:00'"),
          source("time(0)", Kind.TIME, "'23:59:59'"),
          source("timetz", Kind.TEXT, "'12:00:00+02'"),
          source(
              "timestamp",
              Kind.TIME,
              "'2024-03-31 02:30:00.123456'",
              "'9999-12-31 23:59:59'",
              "'1969-01-01 00:00:00'"),
          source("timestamp(0)", Kind.TIME, "'2024-03-31 02:30:00'"),
          source("timestamptz", Kind.TIME, "'2024-03-31 02:30:00.5+02'", "'2040-01-01 00:00:00Z'"),
          source("interval", Kind.TEXT, "'1 day 02:00:00'"),
          source("uuid", Kind.TEXT, "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"),
          source(
              "json",
              Kind.JSON,
              "'{\"b\": 1.50, \"a\": []}'",
              "'3'",
              "'{\"a\":{\"c\":1,\"\\u0063\":2}}'"),
          source("jsonb", Kind.JSON, "'{\"b\": 1.50, \"a\": [1e20]}'", "'\"x\"'"),
          source("integer[]", Kind.JSON, "'{1,NULL}'"),
          source("int4range", Kind.JSON, "'[1,5)'"),
          source("inet", Kind.TEXT, "'10.0.0.1/8'"),
          source("money", Kind.TEXT, "1.5"),
          source("labels", Kind.TEXT, "'a'", "'3'", "'b'"));

  private static final List<String> POSTGRES_TARGETS =
      List.of(
          "boolean",
          "smallint",
          "integer",
          "bigint",
          "oid",
          "numeric(10,2)",
          "numeric(12,4)",
          "numeric(20,0)",
          "numeric",
          "real",
          "double precision",
          "text",
          "character varying(5)",
          "character varying(300)",
          "character(5)",
          "bpchar",
          "\"char\"",
          "name",
          "bytea",
          "bit(1)",
          "bit(4)",
          "bit varying(3)",
          "bit varying",
          "date",
          "time(0)",
          "time",
          "timetz",
          "timestamp(0)",
          "timestamp",
          "timestamptz(0)",
          "timestamptz",
          "interval",
          "interval(0)",
          "uuid",
          "json",
          "jsonb",
          "xml",
          "inet",
          "cidr",
          "macaddr",
          "money",
          "integer[]",
          "real[]",
          "double precision[]",
          "int4range",
          "tsvector",
          "point",
          "labels",
          "pair",
          "cents",
          "cents_again",
          "words",
          "short");

  private static List<Source> mySqlSources(Vendor vendor) {
    List<Source> sources =
        new ArrayList<>(
            List.of(
                source("tinyint", Kind.NUMBER, "-128", "127", "5"),
                source("tinyint(1)", Kind.NUMBER, "1", "0", "-7"),
                source("tinyint unsigned", Kind.NUMBER, "255", "0"),
                source("smallint unsigned", Kind.NUMBER, "65535", "0"),
                source("mediumint", Kind.NUMBER, "-8388608", "8388607"),
                source("int", Kind.NUMBER, "-2147483648", "2147483647", "1"),
                source("int unsigned", Kind.NUMBER, "4294967295", "0"),
                source("bigint", Kind.NUMBER, "-9223372036854775808", "9007199254740993", "1"),
                source("bigint unsigned", Kind.NUMBER, "18446744073709551615", "1"),
                source("decimal(10,4)", Kind.NUMBER, "123456.7891", "-5.5", "7", "0.01"),
                source("decimal(20,0)", Kind.NUMBER, "-99999999999999999999", "2001"),
                source("decimal(65,30)", Kind.NUMBER, "1.000000000000000000000000000001", "2"),
                source("float", Kind.SINGLE, "0.1e0", "3.402823466e38", "2.5e0", "'-0'"),
                source("double", Kind.DOUBLE, "0.1e0", "1e300", "2.5e0", "'-0'"),
                source("double(10,2)", Kind.DOUBLE, "0.12e0", "2.5e0"),
                source("bit(1)", Kind.TEXT, "b'1'", "b'0'"),
                source("bit(4)", Kind.TEXT, "b'0101'", "b'0'"),
                source("year", Kind.NUMBER, "2155", "1901", "0"),
                source("date", Kind.TIME, "'2024-02-29'", "'9999-12-31'"),
                source("time", Kind.TIME, "'23:59:59'", "'-838:59:59'"),
                source("time(6)", Kind.TIME, "'12:00:00.123456'", "'12:00:00'"),
                source("datetime", Kind.TIME, "'2024-03-31 02:30:00'", "'1969-01-01 00:00:00'"),
                source(
                    "datetime(6)",
                    Kind.TIME,
                    "'2024-03-31 02:30:00.000001'",
                    "'9999-12-31 23:59:59'"),
                source("timestamp(6) null", Kind.TIME, "'2024-03-31 01:30:00.5'"),
                source("timestamp null", Kind.TIME, "'2038-01-19 03:14:07'"),
                source("char(5)", Kind.PADDED, "'ab'", "'3'", "''"),
                source("varchar(8)", Kind.TEXT, "'3'", "'1.7'", "' a '", "'é€'", "'longer'", "''"),
                source("varchar(20) character set latin1", Kind.TEXT, "'é€'", "'a,b'"),
                source("text", Kind.TEXT, "'longer'", "'ab'"),
                source("char(36)", Kind.PADDED, "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"),
                source("binary(2)", Kind.BYTES, "x'3132'", "x'00'"),
                source("binary(16)", Kind.BYTES, "x'a0eebc999c0b4ef8bb6d6bb9bd380a11'"),
                source("varbinary(16)", Kind.BYTES, "x'31'", "x''"),
                source("blob", Kind.BYTES, "x'00ff'", "x'3132'"),
                source("enum('a','b','3')", Kind.TEXT, "'a'", "'3'"),
                source("set('a','b','c')", Kind.TEXT, "'a,b'", "'c'", "''"),
                source("geometry", Kind.BYTES, "ST_GeomFromText('POINT(1 2)')"),
                source("point", Kind.BYTES, "ST_GeomFromText('POINT(1 2)')")));
    if (vendor == Vendor.MYSQL) {
      sources.add(source("json", Kind.JSON, "'{\"b\": 1.50, \"a\": []}'", "'3'"));
      sources.add(source("vector(2)", Kind.VECTOR, "STRING_TO_VECTOR('[1.5,-0.1]')"));
    } else {
      sources.add(source("uuid", Kind.TEXT, "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"));
      sources.add(source("inet6", Kind.TEXT, "'2001:db8::1'"));
      sources.add(source("inet4", Kind.TEXT, "'10.0.0.1'"));
    }
    return sources;
  }

  private static List<String> mySqlTargets(Vendor vendor) {
    List<String> types =
        new ArrayList<>(
            List.of(
                "tinyint",
                "tinyint unsigned",
                "smallint",
                "mediumint",
                "int",
                "int unsigned",
                "bigint",
                "bigint unsigned",
                "decimal(10,2)",
                "decimal(12,4)",
                "decimal(20,0)",
                "decimal(65,30)",
                "decimal(10,2) unsigned",
                "float",
                "double",
                "float(7,2)",
                "double(10,2)",
                "double unsigned",
                "bit(1)",
                "bit(4)",
                "bit(8)",
                "bit(64)",
                "date",
                "year",
                "time",
                "time(6)",
                "datetime",
                "datetime(6)",
                "timestamp null",
                "timestamp(6) null",
                "char(5)",
                "varchar(5)",
                "varchar(300)",
                "varchar(40) character set latin1",
                "tinytext",
                "text",
                "longtext",
                "binary(2)",
                "binary(16)",
                "varbinary(16)",
                "tinyblob",
                "longblob",
                "enum('b','a','3')",
                "set('a','b')",
                "set('c','b','a')",
                "geometry",
                "point"));
    types.addAll(
        vendor == Vendor.MYSQL ? List.of("json", "vector(2)") : List.of("uuid", "inet6", "inet4"));
    return types;
  }

  /** A value that the target's server takes, where it refuses others by itself, and aloud. */
  static String taken(Source source, Vendor vendor, String target, String value) {
    boolean text = source.kind() == Kind.TEXT || source.kind() == Kind.PADDED;
    if (vendor == Vendor.POSTGRES && target.equals("json") && text) {
      return source.type().startsWith("inet") ? "NULL" : "'[1]'";
    }
    return vendor == Vendor.POSTGRES && target.equals("labels") && source.type().startsWith("inet")
        ? "NULL"
        : value;
  }

  /** The column as text, in as many digits as it takes. */
  static String printed(Vendor vendor, String type, String column) {
    if (vendor == Vendor.POSTGRES) {
      return column + "::text";
    }
    String bare = type.replaceAll("[( ].*", "").toLowerCase(Locale.ROOT);
    return switch (bare) {
      case "bit" -> "LPAD(BIN(%s + 0), %s, '0')".formatted(column, type.replaceAll("\\D", ""));
      case "float" -> column + " * 1e0";
      case "binary", "varbinary", "tinyblob", "blob", "longblob", "geometry", "point", "vector" ->
          "LOWER(HEX(" + column + "))";
      default -> "CAST(" + column + " AS CHAR)";
    };
  }
}
