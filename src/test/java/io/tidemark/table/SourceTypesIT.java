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
import java.util.stream.Stream;
import org.apache.flink.table.api.DataTypes;
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

  /** What a user declares, and a catalog does not. */
  private static final List<Case> POSTGRES_STRUCTURES =
      List.of(
          of("integer[]", "ARRAY<INT>", "'{1,NULL}'", "[1, null]", "'{}'", "[]"),
          of("bigint[]", "ARRAY<BIGINT>", "'{-9223372036854775808}'", "[-9223372036854775808]"),
          of("integer[]", "ARRAY<ARRAY<INT>>", "'{{1,2},{3,4}}'", "[[1, 2], [3, 4]]"),
          of("text[]", "ARRAY<STRING>", "ARRAY['a,\"b', NULL, 'null']", "[a,\"b, null, null]"),
          of("numeric[]", "ARRAY<DECIMAL(38, 2)>", "'{1.5,-2}'", "[1.50, -2.00]"),
          of("numeric[]", "ARRAY<STRING>", "'{1e50,NaN}'", "[1" + "0".repeat(50) + ", NaN]"),
          of("real[]", "ARRAY<FLOAT>", "'{0.1,3.4028235e38}'", "[0.1, 3.4028235E38]"),
          of(
              "double precision[]",
              "ARRAY<DOUBLE>",
              "'{0.1,4.9e-324,NaN,-Infinity}'",
              "[0.1, 4.9E-324, NaN, -Infinity]"),
          of("boolean[]", "ARRAY<BOOLEAN>", "'{t,f,NULL}'", "[true, false, null]"),
          of("date[]", "ARRAY<DATE>", "'{2026-01-02}'", "[2026-01-02]"),
          of("timestamptz[]", "ARRAY<STRING>", "'{}'", "[]"),
          of("pair", "ROW<a INT, b STRING>", "ROW(1, NULL)", "+I[1, null]"),
          of("pair[]", "ARRAY<ROW<a INT, b STRING>>", "ARRAY[ROW(1, 'x')::pair]", "[+I[1, x]]"),
          of(
              "int4range",
              "ROW<`lower` INT, `upper` INT, bounds STRING>",
              "'[1,5)'",
              "+I[1, 5, [)]"),
          of("jsonb", "MAP<STRING, BIGINT>", "'{\"a\": 1, \"b\": null}'", "{a=1, b=null}"),
          of(
              "jsonb",
              "ROW<a INT, b ARRAY<STRING>>",
              "'{\"b\": [\"x\", {\"c\": [2, null]}, true, 1.50]}'",
              "+I[null, [x, {\"c\": [2, null]}, true, 1.50]]"));

  private static final List<Case> MYSQL_STRUCTURES =
      List.of(
          of("json", "ARRAY<BIGINT>", "'[1, null]'", "[1, null]"),
          of("json", "MAP<STRING, DOUBLE>", "'{\"a\": 0.5}'", "{a=0.5}"),
          of(
              "json",
              "ROW<a STRING, b ROW<c BOOLEAN>>",
              "'{\"a\": \"x\", \"b\": {\"c\": true}}'",
              "+I[x, +I[true]]"));

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
    declared("tidemark-postgres", postgres, "types", POSTGRES, ", 'slot.name' = 'types'");
  }

  @Test
  void ofArraysAndRowsOfPostgres() throws Exception {
    declared(
        "tidemark-postgres",
        postgres,
        "structures",
        POSTGRES_STRUCTURES,
        ", 'slot.name' = 'structures'");
  }

  @Test
  void ofDocumentsOfMySql() throws Exception {
    declared("tidemark-mysql", mysql, "structures", MYSQL_STRUCTURES, "");
  }

  @Test
  void ofMySql() throws Exception {
    declared("tidemark-mysql", mysql, "types", MYSQL, "");
  }

  @Test
  void ofMariaDb() throws Exception {
    declared("tidemark-mysql", mariaDb, "types", MYSQL, "");
  }

  /** What a catalog declares where it has a choice. */
  private static final List<Case> POSTGRES_CATALOG =
      List.of(
          of("integer", "INT", "-2147483648", "-2147483648"),
          of("bigint", "BIGINT", "9223372036854775807", "9223372036854775807"),
          of("numeric(10, 2)", "DECIMAL(10, 2)", "99999999.99", "99999999.99"),
          of("numeric(2, 4)", "DECIMAL(4, 4)", "0.0099", "0.0099"),
          of("numeric(39, 1)", "STRING", "0.5", "0.5"),
          of("numeric", "STRING", "123.45", "123.45", "'NaN'", "NaN"),
          of("varchar", "STRING", "'ab'", "ab"),
          of(
              "uuid",
              "STRING",
              "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
              "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"));

  private static final List<Case> MYSQL_CATALOG =
      List.of(
          of("int", "INT", "-2147483648", "-2147483648"),
          of("mediumint", "INT", "-8388608", "-8388608"),
          of("varchar(0)", "VARCHAR(1)", "''", ""),
          of("char(0)", "VARCHAR(1)", "''", ""),
          of("binary(0)", "VARBINARY(1)", "''", "[]"),
          of("mediumtext", "STRING", "'x'", "x"),
          of("text", "VARCHAR(65535)", "'x'", "x"),
          of("mediumblob", "BYTES", "x'01'", "[1]"),
          of("longblob", "BYTES", "x'01'", "[1]"),
          of("json", "STRING", "'[1]'", "[1]"));

  @Test
  void ofPostgresThroughACatalog() throws Exception {
    listed(postgres, POSTGRES, POSTGRES_CATALOG, ", 'slot.name' = 'listed'");
  }

  @Test
  void ofMySqlThroughACatalog() throws Exception {
    listed(mysql, MYSQL, MYSQL_CATALOG, "");
  }

  @Test
  void ofMariaDbThroughACatalog() throws Exception {
    listed(mariaDb, MYSQL, MYSQL_CATALOG, "");
  }

  private static String columns(List<Case> cases) {
    StringBuilder columns = new StringBuilder("id INT");
    for (int i = 0; i < cases.size(); i++) {
      columns.append(", c").append(i).append(' ').append(cases.get(i).declared());
    }
    return columns.toString();
  }

  private static void declared(
      String connector, Server server, String database, List<Case> cases, String more)
      throws Exception {
    StreamTableEnvironment tables = SourceTablesIT.tables();
    tables.executeSql(
        "CREATE TABLE t ("
            + columns(cases)
            + ", PRIMARY KEY (id) NOT ENFORCED)"
            + SourceTablesIT.options(connector, server, database, "t", more));
    arrive(server, database, cases, tables, "t");
  }

  /** Of the cases, those whose type is no choice of the user's; all of {@code chosen}. */
  private static void listed(Server server, List<Case> cases, List<Case> chosen, String more)
      throws Exception {
    List<Case> all = new ArrayList<>(chosen);
    cases.stream()
        .filter(each -> chosen.stream().noneMatch(other -> other.type().equals(each.type())))
        .filter(each -> !each.type().equals("date") || each.declared().equals("DATE"))
        .forEach(all::add);
    boolean isPostgres = server instanceof PostgresServer;
    StreamTableEnvironment tables = SourceTablesIT.tables();
    server.createDatabase("listed");
    make(server, "listed", all);
    tables.executeSql(CatalogIT.create("all_types", server, "listed", more));
    String name = "all_types.listed.`" + (isPostgres ? "public.t" : "t") + "`";
    tables.executeSql(
        "CREATE TABLE expected (" + columns(all) + ") WITH ('connector' = 'datagen')");
    assertThat(tables.from(name).getResolvedSchema().getColumnDataTypes())
        .isEqualTo(
            Stream.concat(
                    Stream.of(DataTypes.INT().notNull()),
                    tables.from("expected").getResolvedSchema().getColumnDataTypes().stream()
                        .skip(1))
                .toList());
    follow(server, "listed", all, tables, name);
  }

  private static void arrive(
      Server server, String database, List<Case> cases, StreamTableEnvironment tables, String name)
      throws Exception {
    server.createDatabase(database);
    make(server, database, cases);
    follow(server, database, cases, tables, name);
  }

  private static void make(Server server, String database, List<Case> cases) throws Exception {
    StringBuilder made = new StringBuilder("CREATE TABLE t (id int PRIMARY KEY");
    for (int i = 0; i < cases.size(); i++) {
      made.append(", c").append(i).append(' ').append(cases.get(i).type()).append(" NULL");
    }
    if (server instanceof PostgresServer) {
      server.execute(database, "CREATE TYPE pair AS (a int, b text)");
    }
    server.execute(database, made + ")");
    if (server instanceof PostgresServer) {
      server.execute(database, "ALTER TABLE t REPLICA IDENTITY FULL");
    } else {
      server.execute(database, "SET GLOBAL time_zone = '+00:00'");
    }
  }

  private static void follow(
      Server server, String database, List<Case> cases, StreamTableEnvironment tables, String name)
      throws Exception {
    int rows = cases.stream().mapToInt(each -> each.values().size()).max().orElseThrow() + 1;
    List<String> expected = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      server.execute(database, insert(cases, row, row));
      expected.add(shown(cases, row, row));
    }
    tables.getConfig().set("table.local-time-zone", "UTC");
    try (Materialized all = Materialized.of(tables, "SELECT * FROM " + name)) {
      all.await(expected);
      for (int row = 0; row < rows; row++) {
        server.execute(database, insert(cases, row, rows + row));
        expected.add(shown(cases, row, rows + row));
      }
      all.await(expected);
      server.execute(database, "UPDATE t SET id = id + 1000", "DELETE FROM t WHERE id >= 1000");
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
