package io.tidemark.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every type at its limits through SQL: read from a snapshot, and from the log. */
@Timeout(300)
class SourceTypesIT {

  @Postgres private static PostgresServer postgres;
  @MySql private static MySqlServer mysql;
  @MariaDb private static MySqlServer mariaDb;

  /**
   * A type and what becomes of its values.
   *
   * @param type in the database
   * @param declared in Flink
   * @param values in the database's SQL
   * @param shown as Flink prints them
   */
  private record Case(String type, String declared, List<String> values, List<String> shown) {}

  private static Case of(String type, String declared, String... valuesAndShown) {
    List<String> values = new ArrayList<>();
    List<String> shown = new ArrayList<>();
    for (int i = 0; i < valuesAndShown.length; i += 2) {
      values.add(valuesAndShown[i]);
      shown.add(valuesAndShown[i + 1]);
    }
    return new Case(type, declared, values, shown);
  }

  private static final List<Case> POSTGRES =
      List.of(
          of("boolean", "BOOLEAN", "true", "true", "false", "false"),
          of("smallint", "SMALLINT", "-32768", "-32768", "32767", "32767"),
          of("integer", "INT", "-2147483648", "-2147483648", "2147483647", "2147483647"),
          of("integer", "BIGINT", "-2147483648", "-2147483648", "7", "7"),
          of("bigint", "BIGINT", "-9223372036854775808", "-9223372036854775808"),
          of("bigint", "DECIMAL(19, 0)", "9223372036854775807", "9223372036854775807"),
          of("real", "FLOAT", "'3.4028235e38'", "3.4028235E38", "'NaN'", "NaN"),
          of("double precision", "DOUBLE", "'4.9e-324'", "4.9E-324", "'-Infinity'", "-Infinity"),
          of("numeric(38, 10)", "DECIMAL(38, 10)", "-0.0000000001", "-1E-10"),
          of("numeric(10, 2)", "DECIMAL(12, 4)", "99999999.99", "99999999.9900"),
          of("numeric", "DECIMAL(20, 5)", "123.45", "123.45000"),
          of("numeric", "STRING", "1e50", "1" + "0".repeat(50), "'NaN'", "NaN"),
          of("text", "STRING", "'ä\u20ac\ud83d\ude00'", "ä\u20ac\ud83d\ude00", "''", ""),
          of("varchar(5)", "VARCHAR(5)", "'ab'", "ab"),
          of("char(4)", "CHAR(4)", "'ab'", "ab  "),
          of("bytea", "BYTES", "'\\x00ff'", "[0, -1]"),
          of("date", "DATE", "'0001-01-01'", "0001-01-01", "'9999-12-31'", "9999-12-31"),
          of("date", "STRING", "'infinity'", "infinity"),
          of("time(0)", "TIME", "'23:59:59'", "23:59:59", "'00:00:00'", "00:00"),
          of("time", "STRING", "'24:00:00'", "24:00:00.000000"),
          of(
              "timestamp",
              "TIMESTAMP(6)",
              "'2026-01-02 03:04:05.678901'",
              "2026-01-02T03:04:05.678901"),
          of(
              "timestamptz",
              "TIMESTAMP_LTZ(6)",
              "'2026-01-02 03:04:05.5+02'",
              "2026-01-02T01:04:05.500Z"),
          of(
              "uuid",
              "CHAR(36)",
              "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
              "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
          of("jsonb", "STRING", "'{\"a\": [1, null]}'", "{\"a\": [1, null]}"),
          of("bit(1)", "BOOLEAN", "B'1'", "true", "B'0'", "false"),
          of("bit varying(8)", "STRING", "B'0101'", "0101"),
          of("inet", "STRING", "'10.0.0.1/8'", "10.0.0.1/8"),
          of("integer[]", "STRING", "'{1,NULL}'", "[1, null]"));

  private static final List<Case> MYSQL =
      List.of(
          of("tinyint(1)", "BOOLEAN", "1", "true", "0", "false"),
          of("tinyint", "TINYINT", "-128", "-128", "127", "127"),
          of("tinyint unsigned", "SMALLINT", "255", "255"),
          of("smallint", "SMALLINT", "-32768", "-32768"),
          of("mediumint unsigned", "INT", "16777215", "16777215"),
          of("int unsigned", "BIGINT", "4294967295", "4294967295"),
          of("bigint", "BIGINT", "-9223372036854775808", "-9223372036854775808"),
          of("bigint unsigned", "DECIMAL(20, 0)", "18446744073709551615", "18446744073709551615"),
          of("decimal(38, 10)", "DECIMAL(38, 10)", "-0.0000000001", "-1E-10"),
          of(
              "decimal(65, 30)",
              "STRING",
              "0.000000000000000000000000000001",
              "0.000000000000000000000000000001"),
          of("float", "FLOAT", "1.5", "1.5"),
          of("double", "DOUBLE", "-1.7976931348623157e308", "-1.7976931348623157E308"),
          of("varchar(10)", "VARCHAR(10)", "'ä\u20ac'", "ä\u20ac"),
          of("char(4)", "CHAR(4)", "'ab'", "ab  "),
          of("longtext", "STRING", "''", ""),
          of("varbinary(4)", "VARBINARY(4)", "x'00ff'", "[0, -1]"),
          of("binary(2)", "BINARY(2)", "x'0001'", "[0, 1]"),
          of("date", "DATE", "'1000-01-01'", "1000-01-01"),
          of("time", "TIME", "'23:59:59'", "23:59:59"),
          of("time(3)", "STRING", "'-838:59:59'", "-838:59:59.000"),
          of(
              "datetime(6)",
              "TIMESTAMP(6)",
              "'9999-12-31 23:59:59.999999'",
              "9999-12-31T23:59:59.999999"),
          of(
              "timestamp(3)",
              "TIMESTAMP_LTZ(3)",
              "'2026-01-02 03:04:05.125'",
              "2026-01-02T03:04:05.125Z"),
          of("year", "INT", "2155", "2155"),
          of("enum('a', 'b')", "STRING", "'b'", "b"),
          of("set('a', 'b', 'c')", "ARRAY<STRING>", "'a,c'", "[a, c]", "''", "[]"),
          of("bit(1)", "BOOLEAN", "b'1'", "true"),
          of("bit(4)", "STRING", "b'0101'", "0101"));

  @Test
  void ofPostgres() throws Exception {
    arrive("tidemark-postgres", postgres, POSTGRES, ", 'slot.name' = 'types'");
  }

  @Test
  void ofMySql() throws Exception {
    arrive("tidemark-mysql", mysql, MYSQL, "");
  }

  @Test
  void ofMariaDb() throws Exception {
    arrive("tidemark-mysql", mariaDb, MYSQL, "");
  }

  private static void arrive(String connector, Server server, List<Case> cases, String more)
      throws Exception {
    server.createDatabase("types");
    StringBuilder made = new StringBuilder("CREATE TABLE t (id int PRIMARY KEY");
    StringBuilder declared = new StringBuilder("CREATE TABLE t (id INT");
    for (int i = 0; i < cases.size(); i++) {
      made.append(", c").append(i).append(' ').append(cases.get(i).type()).append(" NULL");
      declared.append(", c").append(i).append(' ').append(cases.get(i).declared());
    }
    server.execute("types", made + ")");
    if (server instanceof PostgresServer) {
      server.execute("types", "ALTER TABLE t REPLICA IDENTITY FULL");
    } else {
      server.execute("types", "SET GLOBAL time_zone = '+00:00'");
    }
    int rows = cases.stream().mapToInt(each -> each.values().size()).max().orElseThrow() + 1;
    List<String> expected = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      server.execute("types", insert(cases, row, row));
      expected.add(shown(cases, row, row));
    }
    StreamTableEnvironment tables = SourceTablesIT.tables();
    tables.getConfig().set("table.local-time-zone", "UTC");
    tables.executeSql(
        declared
            + ", PRIMARY KEY (id) NOT ENFORCED)"
            + SourceTablesIT.options(connector, server, "types", "t", more));
    try (Materialized all = Materialized.of(tables, "SELECT * FROM t")) {
      all.await(expected);
      for (int row = 0; row < rows; row++) {
        server.execute("types", insert(cases, row, rows + row));
        expected.add(shown(cases, row, rows + row));
      }
      all.await(expected);
      server.execute("types", "UPDATE t SET id = id + 1000", "DELETE FROM t WHERE id >= 1000");
      all.await(List.of());
      assertThat(all.failure()).isEmpty();
    }
  }

  /** The last row has nulls only. */
  private static String insert(List<Case> cases, int row, int id) {
    StringBuilder statement = new StringBuilder("INSERT INTO t VALUES (" + id);
    cases.forEach(
        each ->
            statement
                .append(", ")
                .append(row < each.values().size() ? each.values().get(row) : "NULL"));
    return statement + ")";
  }

  private static String shown(List<Case> cases, int row, int id) {
    List<String> values = new ArrayList<>(List.of(Integer.toString(id)));
    IntStream.range(0, cases.size())
        .forEach(
            i -> {
              List<String> shown = cases.get(i).shown();
              values.add(row < shown.size() ? shown.get(row) : "null");
            });
    return "+I[" + String.join(", ", values) + "]";
  }
}
