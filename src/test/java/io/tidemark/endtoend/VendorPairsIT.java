package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.TargetDatabase;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.MySqlTarget;
import io.tidemark.database.postgres.PostgresTarget;
import io.tidemark.endtoend.fixture.Passage;
import io.tidemark.job.Databases;
import io.tidemark.lab.Loans;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import io.tidemark.verify.ComparisonReport;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the values of MySQL and MariaDB become in each other, in themselves and in PostgreSQL: the
 * same through the snapshot and through the log.
 */
class VendorPairsIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  @Postgres private static PostgresServer postgres;

  /** Columns with their values, of which row n has the n-th; NULL where there are no more. */
  private record Golden(String type, Kind kind, List<String> values) {}

  /** Where a type, or one of its values, exists. */
  private enum Kind {
    EVERYWHERE,
    /** PostgreSQL cannot hold one of the values. */
    MYSQLS,
    /** MySQL's own. */
    MYSQL_ONLY
  }

  private static Golden golden(String type, String... values) {
    return new Golden(type, Kind.EVERYWHERE, List.of(values));
  }

  private static final String NINES = "9".repeat(35) + "." + "9".repeat(30);

  private static final List<Golden> GOLDEN =
      List.of(
          golden("TINYINT", "-128", "127", "0"),
          golden("TINYINT UNSIGNED", "0", "255"),
          golden("TINYINT(1)", "1", "-7"),
          golden("SMALLINT", "-32768", "32767"),
          golden("SMALLINT UNSIGNED", "0", "65535"),
          golden("MEDIUMINT", "-8388608", "8388607"),
          golden("MEDIUMINT UNSIGNED", "0", "16777215"),
          golden("INT", "-2147483648", "2147483647"),
          golden("INT UNSIGNED ZEROFILL", "7", "4294967295"),
          golden("BIGINT", "-9223372036854775808", "9223372036854775807"),
          golden("BIGINT UNSIGNED", "0", "18446744073709551615"),
          golden("DECIMAL(65,30)", "-" + NINES, NINES, "0.000000000000000000000000000001"),
          golden("DECIMAL(5,0)", "-99999", "0"),
          golden("FLOAT", "3.402823466e38", "0.1", "-1.17549435e-38", "16777217"),
          golden("DOUBLE", "1.7976931348623157e308", "0.1", "-2.2250738585072014e-308", "1e22"),
          golden("BIT(1)", "b'1'", "b'0'"),
          golden("BIT(17)", "b'10000000000000001'", "b'0'"),
          golden("BIT(64)", "b'" + "1".repeat(64) + "'", "b'1'"),
          golden("YEAR", "1901", "2155", "0"),
          golden("DATE", "'0001-01-01'", "'9999-12-31'", "'2024-02-29'"),
          golden("TIME(6)", "'23:59:59.999999'", "'00:00:00'"),
          golden("TIME", "'00:00:01'", "'12:00:00'"),
          new Golden(
              "TIME(3)", Kind.MYSQLS, List.of("'-838:59:59'", "'838:59:59'", "'-00:00:00.001'")),
          golden("DATETIME", "'1000-01-01 00:00:00'", "'9999-12-31 23:59:59'"),
          golden("DATETIME(1)", "'2024-03-31 02:30:00.5'", "'2024-10-27 02:30:00.9'"),
          golden("DATETIME(6)", "'2024-03-31 02:30:00.000001'", "'9999-12-31 23:59:59.999999'"),
          golden("TIMESTAMP(6) NULL", "'1970-01-01 00:00:01'", "'2038-01-19 03:14:07.999999'"),
          golden("TIMESTAMP NULL", "'2024-03-31 01:30:00'", "'2024-10-27 00:30:00'"),
          new Golden("DATE", Kind.MYSQLS, List.of("'0000-00-00'", "'2024-00-10'", "'2024-02-31'")),
          new Golden("DATETIME(3)", Kind.MYSQLS, List.of("'0000-00-00 00:00:00'")),
          golden("CHAR(5)", "'ab  '", "''", "'a\\tb'"),
          golden("VARCHAR(10)", "'a  '", "''", "'\\\\N\\t\\n'"),
          golden("VARCHAR(20) CHARACTER SET latin1", "'grün €'", "'ÿ'"),
          golden("VARCHAR(20) CHARACTER SET utf8mb3", "'Ω€'", "''"),
          golden("VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", "'Å😀'", "'A'"),
          golden("VARCHAR(20) CHARACTER SET ucs2", "'Ω'", "'a'"),
          new Golden("VARCHAR(9)", Kind.MYSQLS, List.of("'a\\0b'", "'\\0'")),
          golden("TINYTEXT", "''", "'a'"),
          golden("TEXT", "REPEAT('é', 30000)", "'x'"),
          golden("MEDIUMTEXT", "REPEAT('m', 70000)", "''"),
          golden("LONGTEXT", "'😀\\'\"\\\\'", "' '"),
          golden("BINARY(3)", "x'00ff'", "x'200020'"),
          golden("VARBINARY(4)", "x''", "x'00ff5c0a'"),
          golden("TINYBLOB", "x'00'", "x''"),
          golden("BLOB", "x'5c4e'", "x'0d0a09'"),
          golden("MEDIUMBLOB", "REPEAT(x'ff', 70000)", "x''"),
          golden("LONGBLOB", "x'27'", "x'00'"),
          golden("ENUM('a','it''s','ü')", "'it''s'", "'ü'"),
          golden("SET('x','y','z z')", "'z z,x'", "''"),
          new Golden("ENUM('q')", Kind.MYSQLS, List.of("0", "'q'")),
          golden("JSON", "'{\"b\": 18446744073709551615, \"a\": [1.5, null]}'", "'\"ü\"'", "'{}'"),
          golden("POINT", "ST_GeomFromText('POINT(1 -2.5)')"),
          golden("GEOMETRY", "ST_GeomFromText('LINESTRING(0 0, 1 1)')", "NULL"),
          new Golden(
              "GEOMETRY SRID 4326",
              Kind.MYSQL_ONLY,
              List.of("ST_GeomFromText('POINT(1 2)', 4326)")),
          new Golden("VECTOR(2)", Kind.MYSQL_ONLY, List.of("STRING_TO_VECTOR('[1.5,-0.1]')")),
          new Golden(
              "JSON", Kind.MYSQL_ONLY, List.of("JSON_OBJECT('d', CAST('2024-02-29' AS DATE))")));

  @ParameterizedTest
  @CsvSource({
    "MYSQL,MYSQL",
    "MARIADB,MARIADB",
    "MYSQL,MARIADB",
    "MARIADB,MYSQL",
    "MARIADB,POSTGRESQL"
  })
  void everyValueArrivesTheSameThroughSnapshotAndLog(MySqlVendor from, String to) throws Exception {
    boolean toPostgres = to.equals("POSTGRESQL");
    String name = "from_" + from.name().toLowerCase(java.util.Locale.ROOT) + "_to_" + to;
    String copy = name + "_2";
    MySqlServer source = server(from);
    source.createDatabase(name);
    List<Golden> columns =
        GOLDEN.stream()
            .filter(g -> !toPostgres || g.kind() == Kind.EVERYWHERE)
            .filter(
                g ->
                    g.kind() != Kind.MYSQL_ONLY
                        || from == MySqlVendor.MYSQL && to.equals(MySqlVendor.MYSQL.name()))
            .toList();
    source.execute(
        name,
        "CREATE TABLE `order.``by` (`sel``ect` INT AUTO_INCREMENT PRIMARY KEY, "
            + IntStream.range(0, columns.size())
                .mapToObj(i -> "`" + column(i) + "` " + columns.get(i).type())
                .collect(Collectors.joining(", "))
            + ", h INT INVISIBLE DEFAULT 5, g INT GENERATED ALWAYS AS (h + 1) STORED)",
        insert(columns, 1),
        insert(columns, 2),
        insert(columns, 3),
        insert(columns, 4));
    ConnectionSpec spec;
    TargetDatabase target;
    Renaming renaming = new Renaming(Map.of(), Map.of(name, copy));
    if (toPostgres) {
      postgres.createDatabase("pairs");
      spec = postgres.spec("pairs");
      target = new PostgresTarget(spec, "pairs", renaming, OnBadValue.ERROR);
    } else {
      server(MySqlVendor.valueOf(to)).createDatabase(copy);
      spec = server(MySqlVendor.valueOf(to)).spec(copy);
      target = new MySqlTarget(spec, "pairs", renaming, OnBadValue.ERROR);
    }
    Selection selection = new Selection(List.of(name + ".*"), Map.of(), Map.of());
    Passage passage =
        new Passage(
            new MySqlSource(source.spec(name), "pairs", selection, SourceSettings.DEFAULT), target);
    source.execute(
        name,
        insert(columns, 11),
        insert(columns, 12),
        insert(columns, 13),
        insert(columns, 14),
        "INSERT INTO `order.``by` (`sel``ect`, h) VALUES (20, 6)");
    passage.follow().finish();

    ComparisonReport report = Databases.compare(source.spec(name), spec, selection, renaming);
    assertThat(report.findings()).isEmpty();
    assertThat(report.sourceRows()).isEqualTo(9);
    String quote = toPostgres ? "\"" : "`";
    String table = quote + (toPostgres ? "order.`by" : "order.``by") + quote;
    String key = quote + (toPostgres ? "sel`ect" : "sel``ect") + quote;
    String list =
        IntStream.range(0, columns.size())
            .mapToObj(i -> quote + column(i) + quote)
            .collect(Collectors.joining(", "));
    String sql =
        "SELECT "
            + list
            + " FROM "
            + (toPostgres ? "\"" + copy + "\"." : "")
            + table
            + " ORDER BY "
            + key;
    List<List<String>> there = rows(spec, sql);
    assertThat(there.subList(0, 4)).as("snapshot and log").isEqualTo(there.subList(4, 8));
    if (!toPostgres) {
      List<List<String>> here =
          rows(source.spec(name), "SELECT " + list + " FROM `order.``by` ORDER BY `sel``ect`");
      for (int i = 0; i < columns.size(); i++) {
        if (!columns.get(i).type().startsWith("JSON") && !columns.get(i).type().contains("ZEROF")) {
          int field = i;
          assertThat(there.stream().map(row -> row.get(field)).toList())
              .as(columns.get(i).type())
              .isEqualTo(here.stream().map(row -> row.get(field)).toList());
        }
      }
    }
  }

  private static MySqlServer server(MySqlVendor vendor) {
    return LOANS.mySql("both sides", vendor, "sql_mode=ALLOW_INVALID_DATES");
  }

  /** Reserved words, the longest names there are, and plain ones. */
  private static String column(int i) {
    return i == 0 ? "select" : i == 1 ? "x".repeat(63) : "c" + i;
  }

  private static String insert(List<Golden> columns, int id) {
    int row = id % 10 - 1;
    return "INSERT IGNORE INTO `order.``by` (`sel``ect`, "
        + IntStream.range(0, columns.size())
            .mapToObj(i -> "`" + column(i) + "`")
            .collect(Collectors.joining(", "))
        + ") VALUES ("
        + id
        + columns.stream()
            .map(c -> ", " + (row < c.values().size() ? c.values().get(row) : "NULL"))
            .collect(Collectors.joining())
        + ")";
  }

  private static List<List<String>> rows(ConnectionSpec spec, String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                spec.url().replace("jdbc:mariadb:", "jdbc:mysql:"), spec.user(), spec.password());
        Statement statement = connection.createStatement()) {
      if (!spec.url().startsWith("jdbc:postgresql")) {
        statement.execute("SET time_zone = '+00:00', NAMES utf8mb4");
      }
      try (ResultSet rows = statement.executeQuery(sql)) {
        List<List<String>> all = new ArrayList<>();
        while (rows.next()) {
          List<String> row = new ArrayList<>();
          for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
            byte[] bytes = rows.getBytes(i);
            row.add(
                bytes == null
                    ? null
                    : new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1));
          }
          all.add(row);
        }
        return all;
      }
    }
  }
}
