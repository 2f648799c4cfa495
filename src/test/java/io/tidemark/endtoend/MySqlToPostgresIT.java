package io.tidemark.endtoend;

import static io.tidemark.endtoend.GoldenTable.golden;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.postgres.PostgresTarget;
import io.tidemark.job.Databases;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import io.tidemark.verify.ComparisonReport;
import java.sql.Connection;
import java.sql.ResultSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What MySQL's values and schemas become in PostgreSQL, through the snapshot and the log. */
class MySqlToPostgresIT {

  @MySql private static MySqlServer mysql;
  @Postgres private static PostgresServer postgres;

  private static final GoldenTable GOLDEN =
      GoldenTable.of(
          "t",
          "",
          golden("TINYINT", "-128", "-128", "127", "127"),
          golden("TINYINT(1)", "1", "1", "-7", "-7"),
          golden("INT UNSIGNED", "4294967295", "4294967295"),
          golden("BIGINT UNSIGNED", "18446744073709551615", "18446744073709551615"),
          golden(
              "DECIMAL(65,30)",
              "-" + "9".repeat(35) + "." + "9".repeat(30),
              "-" + "9".repeat(35) + "." + "9".repeat(30)),
          golden("FLOAT", "3.402823466e38", "3.4028235e+38", "0.1", "0.1"),
          golden("DOUBLE", "1.7976931348623157e308", "1.7976931348623157e+308", "0.1", "0.1"),
          golden("BIT(64)", "b'" + "1".repeat(64) + "'", "1".repeat(64)),
          golden("BIT(1)", "b'1'", "1", "b'0'", "0"),
          golden("YEAR", "2155", "2155", "0", "0"),
          golden("DATE", "'1000-01-01'", "1000-01-01", "'9999-12-31'", "9999-12-31"),
          golden("TIME(3)", "'23:59:59.5'", "23:59:59.5", "'00:00:00'", "00:00:00"),
          golden(
              "DATETIME(6)",
              "'9999-12-31 23:59:59.999999'",
              "9999-12-31 23:59:59.999999",
              "'2024-03-31 02:30:00'",
              "2024-03-31 02:30:00"),
          golden("TIMESTAMP(3) NULL", "'2024-03-31 01:30:00.5'", "2024-03-31 01:30:00.5+00"),
          golden("CHAR(5)", "'ab  '", "ab", "''", ""),
          golden("VARCHAR(10)", "'a  '", "a  ", "'\\\\N\\t\\n'", "\\N\t\n"),
          golden("VARCHAR(20) CHARACTER SET latin1", "'grün'", "grün"),
          golden("LONGTEXT", "'😀'", "😀"),
          golden("BINARY(3)", "x'00ff'", "\\x00ff00"),
          golden("LONGBLOB", "x''", "\\x", "x'00ff5c0a'", "\\x00ff5c0a"),
          golden("ENUM('a','it''s')", "'it''s'", "it's"),
          golden("SET('x','y')", "'y,x'", "x,y", "''", ""),
          golden(
              "JSON",
              "'{\"b\": 18446744073709551615, \"a\": [1.5, null, \"\\\\u0041\"]}'",
              "{\"a\": [1.5, null, \"A\"], \"b\": 18446744073709551615}"),
          golden(
              "POINT",
              "ST_GeomFromText('POINT(1 2)')",
              "\\x000000000101000000000000000000f03f0000000000000040"));

  @Test
  void everyTypeArrivesTheSameThroughSnapshotAndLog() throws Exception {
    databases("shop");
    mysql.execute(
        "shop",
        GOLDEN.copied("CREATE TABLE t (id INT PRIMARY KEY, " + GOLDEN.each("c%d %s") + ")"));
    Passage passage = passage("shop");
    mysql.execute(
        "shop",
        GOLDEN.streamed(
            "UPDATE t SET "
                + GOLDEN.each(
                    "c%1$d = (SELECT v FROM (SELECT c%1$d AS v FROM t WHERE id = 1) AS o)")
                + " WHERE id = 20"));
    passage.follow();
    assertThat(rows("SELECT * FROM shop.t ORDER BY id")).isEqualTo(GOLDEN.arrived());
    ComparisonReport report = compare("shop");
    assertThat(report.findings()).isEmpty();
    assertThat(report.sourceRows()).isEqualTo(6);

    postgres.execute("shop", "UPDATE shop.t SET c6 = c6 + 2.7755575615628914e-17 WHERE id = 1");
    assertThat(compare("shop").tables().get(0).different()).isEqualTo(1);
  }

  @Test
  void tablesKeepTheirKeysNumbersAndReferences() throws Exception {
    databases("plan");
    mysql.execute(
        "plan",
        "CREATE TABLE users (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, mail VARCHAR(50)"
            + " NOT NULL DEFAULT 'none', at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, UNIQUE KEY mail"
            + " (mail))",
        "CREATE TABLE `order` (id INT AUTO_INCREMENT PRIMARY KEY, `user` BIGINT UNSIGNED, KEY"
            + " by_user (`user`, id DESC), CONSTRAINT fk FOREIGN KEY (`user`) REFERENCES users (id)"
            + " ON DELETE CASCADE)",
        "INSERT INTO users (mail) VALUES ('a'), ('b')",
        "INSERT INTO `order` (`user`) VALUES (1), (2)");
    passage("plan").follow().finish();
    assertThat(compare("plan").findings()).isEmpty();
    postgres.execute(
        "plan",
        "INSERT INTO plan.users (mail) VALUES ('c')",
        "INSERT INTO plan.order (\"user\") VALUES (3)",
        "DELETE FROM plan.users WHERE id = 1");
    assertThat(rows("plan", "SELECT * FROM plan.order ORDER BY id"))
        .containsExactly(List.of("2"), List.of("3"));
    assertThatThrownBy(() -> postgres.execute("plan", "INSERT INTO plan.users VALUES (9, 'c')"))
        .hasMessageContaining("duplicate key");
    assertThat(rows("plan", "SELECT 1, indexdef FROM pg_indexes WHERE indexname = 'by_user'"))
        .containsExactly(
            List.of("CREATE INDEX by_user ON plan.\"order\" USING btree (\"user\", id DESC)"));
  }

  @Test
  void whatPostgresCannotHoldStopsTheCopyAndNamesThePlace() throws Exception {
    databases("bad");
    mysql.execute(
        "bad",
        "CREATE TABLE t (id INT PRIMARY KEY, d DATE)",
        "INSERT INTO t VALUES (1, '2024-01-01')");
    try (Connection connection = mysql.connect("bad");
        var statement = connection.createStatement()) {
      statement.execute("SET sql_mode = ''");
      statement.execute("INSERT INTO t VALUES (7, '0000-00-00')");
    }
    assertThatThrownBy(() -> passage("bad"))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContainingAll("bad.t", "[7]", "column d", "zero");
  }

  private static void databases(String name) throws Exception {
    mysql.createDatabase(name);
    postgres.createDatabase(name);
  }

  private static Passage passage(String name) throws Exception {
    return new Passage(
        new MySqlSource(mysql.spec(name), name, selection(name), SourceSettings.DEFAULT),
        new PostgresTarget(postgres.spec(name), name, Renaming.none()));
  }

  private static ComparisonReport compare(String name) {
    return Databases.compare(
        mysql.spec(name), postgres.spec(name), selection(name), Renaming.none());
  }

  private static Selection selection(String name) {
    return new Selection(List.of(name + ".*"), Map.of(), Map.of());
  }

  private static List<List<String>> rows(String sql) throws Exception {
    return rows("shop", sql);
  }

  /** Without the first column. */
  private static List<List<String>> rows(String database, String sql) throws Exception {
    try (Connection connection = postgres.connect(database);
        var statement = connection.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
      return PrintedRows.of(statement, sql, ResultSet::getString);
    }
  }
}
