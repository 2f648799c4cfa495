package io.tidemark.database.mysql.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.change.RowChange;
import io.tidemark.database.LogReader;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.schema.TableId;
import io.tidemark.settings.CheckedJob;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A condition that {@code check} takes gives the same rows from the log as from the table; one that
 * might not is refused.
 */
class FilterChecksIT {

  private static final CheckedJob JOB =
      new CheckedJob(2, ExistingRows.FAIL, false, Duration.ZERO, false);

  private static final String ROWS =
      """
      INSERT INTO t (id, e, s, tm, bits, y, z, n, f, c, d, at, j, bin) VALUES
      (%d1, 'a', 'x,y', '10:00:00', b'101', 2024, 5, 1.5, 0.1, 'Öl ', '2024-02-29', '2024-02-29 23:59:59.5', '{"k": "v"}', 'x'),
      (%d2, 'b', '', '-01:00:00', b'000', 1999, 7, -2.25, 16777216, 'ol', '1999-12-31', '2000-01-01 00:00:00', '{"k": 2}', 'X'),
      (%d3, 'c', 'y', '838:59:59', b'111', 2000, 0, 0, 1e10, '', '2000-01-01', '2024-01-01 00:00:00', '[]', ''),
      (%d4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
      """;

  private static final List<String> GOOD =
      List.of(
          "id > 2",
          "id % 10 IN (1, 3) -- odd ones",
          "t.id BETWEEN 1 AND 1e3 AND NOT (id = 3)",
          "e = 'a' OR 'c' <=> e",
          "e NOT IN ('a', 'B') AND e IS NOT NULL",
          "NOT e = 'A'",
          "e LIKE 'A' OR e IS NULL",
          "s = 'x,y' OR s <> 'y'",
          "tm = '10:00:00' OR tm IN ('838:59:59')",
          "bits = 5 OR 7 = bits",
          "tm < '10:00:00'",
          "tm BETWEEN '-02:00:00' AND '10:00:00' AND NOT '00:00:00' > tm",
          "bits = b'101'",
          "bits",
          "NOT bits OR id > 1e9",
          "id BETWEEN 1 AND 1e9 AND bits",
          "CASE WHEN bits THEN e = 'a' ELSE 0 END",
          "bits > 4 OR t.bits BETWEEN 0 AND 1",
          "y = 2024 OR y IN (1999)",
          "y >= 2000 AND 2023 < y",
          "z > 4 AND z <= 7",
          "DATE_FORMAT(at, '%b %Y') = 'Feb 2024'",
          "WEEK(d) = 8",
          "z = 5 OR z IS NULL",
          "n > -2.5 AND ROUND(n, 0) <> 0",
          "c = 'ol' OR c = 'öl'",
          "c COLLATE utf8mb4_bin = 'ol'",
          "CHAR_LENGTH(TRIM(c)) = 2",
          "UPPER(c) LIKE '%L%' ESCAPE '|'",
          "c REGEXP '^o'",
          "d >= DATE '2000-01-01' AND YEAR(d) < 2024",
          "d + INTERVAL 1 DAY = '2024-03-01'",
          "EXTRACT(MONTH FROM at) = 2 OR at < '2001-01-01'",
          "DATEDIFF(at, d) = 0",
          "JSON_EXTRACT(j, '$.k') = 2",
          "CASE WHEN id > 2 THEN TRUE ELSE c = 'ol' END",
          "COALESCE(bin, 'q') = 'x'",
          "CAST(n AS SIGNED) = 0",
          "c = _utf8mb4'ol' OR c = N'ol'",
          "IF(n IS NULL, 1, 0)",
          "`id` = 1 || id = 2 && 1");

  private static final Map<String, String> BAD =
      Map.ofEntries(
          Map.entry("id > 1) OR (id < 5", "parentheses do not match"),
          Map.entry("id > (1", "parentheses do not match"),
          Map.entry("at < NOW()", "it calls NOW"),
          Map.entry("at < CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP is neither"),
          Map.entry("d < CURDATE()", "it calls CURDATE"),
          Map.entry("RAND() < 0.5", "it calls RAND"),
          Map.entry("id IN (SELECT 1)", "SELECT is neither"),
          Map.entry("EXISTS (SELECT 1)", "it calls EXISTS"),
          Map.entry("id IN (TABLE other)", "TABLE is neither"),
          Map.entry("id > @floor", "it has the sign @"),
          Map.entry("id > @@server_id", "it has the sign @"),
          Map.entry("users_own(id)", "it calls users_own"),
          Map.entry("`abs`(id) = 1", "it calls abs"),
          Map.entry("filters.abs(id) = 1", "filters is neither"),
          Map.entry("USER() = 'x'", "it calls USER"),
          Map.entry("UNIX_TIMESTAMP() > 1", "it calls UNIX_TIMESTAMP"),
          Map.entry("e = 1", "column e of type enum"),
          Map.entry("e + 0 = 1", "column e of type enum"),
          Map.entry("e = 'a' + 0", "column e of type enum"),
          Map.entry("CONCAT(e) = 1", "column e of type enum"),
          Map.entry("e < 'b'", "column e of type enum"),
          Map.entry("CASE e WHEN 1 THEN 1 END", "column e of type enum"),
          Map.entry("s & 2", "column s of type set"),
          Map.entry("tm = 100000", "column tm of type time"),
          Map.entry("at > tm", "column tm of type time"),
          Map.entry("CAST(c AS TIME) > '10:00'", "casts to TIME"),
          Map.entry("bits = '5'", "column bits of type bit"),
          Map.entry("y = '24'", "column y of type year"),
          Map.entry("y = 24", "column y of type year"),
          Map.entry("y", "column y of type year"),
          Map.entry("bits + 1", "column bits of type bit"),
          Map.entry("HEX(bits) = '5'", "column bits of type bit"),
          Map.entry("IF(bits, bits, 'x') = '5'", "column bits of type bit"),
          Map.entry("(bits) LIKE '5'", "column bits of type bit"),
          Map.entry("CASE WHEN id THEN bits END = '5'", "column bits of type bit"),
          Map.entry("c BETWEEN 'a' AND bits", "column bits of type bit"),
          Map.entry("id BETWEEN 1 AND e = 'a'", "column e of type enum"),
          Map.entry("id BETWEEN (1 AND 2) AND e = 'a'", "column e of type enum"),
          Map.entry("tm > 100000", "column tm of type time"),
          Map.entry("tm", "column tm of type time"),
          Map.entry("s > 'x'", "column s of type set"),
          Map.entry("CONCAT(z) = '5'", "column z of type int"),
          Map.entry("g = 2", "g is neither a copied column"),
          Map.entry("id = ?", "it has the sign ?"),
          Map.entry("id = 1; DROP TABLE t", "it has the sign ;"),
          Map.entry("c = 'x", "cannot be taken apart"),
          Map.entry("missing = 1", "missing is neither"),
          Map.entry("id =", "syntax"));

  @MySql static MySqlServer mysql;
  @MariaDb static MySqlServer mariadb;

  @BeforeAll
  static void create() throws Exception {
    for (MySqlServer server : List.of(mysql, mariadb)) {
      server.createDatabase("filters");
      server.execute(
          "filters",
          "CREATE TABLE t (id int PRIMARY KEY, e enum('a', 'b', 'c'), s set('x', 'y'), tm time,"
              + " bits bit(3), y year, z int(3) zerofill, n decimal(6, 2), f float, c varchar(20)"
              + " CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci, d date, at datetime(1), j json,"
              + " bin varbinary(9), g int AS (id * 2)) CHARACTER SET utf8mb4",
          "CREATE FUNCTION users_own (x int) RETURNS int DETERMINISTIC RETURN x");
    }
  }

  private static MySqlServer of(MySqlVendor vendor) {
    return vendor == MySqlVendor.MYSQL ? mysql : mariadb;
  }

  private static MySqlSource source(MySqlServer server, String condition) {
    return new MySqlSource(
        server.spec("filters"),
        "filters",
        new Selection(
            List.of("filters.t"), Map.of(), Map.of(new TableId("filters", "t"), condition)),
        SourceSettings.DEFAULT);
  }

  private static List<String> problems(MySqlSource source) {
    return source.check(JOB).findings().stream()
        .filter(finding -> finding.severity() == Severity.ERROR)
        .map(finding -> finding.problem())
        .toList();
  }

  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void whatIsTakenIsTheSameInTheLog(MySqlVendor vendor) throws Exception {
    MySqlServer server = of(vendor);
    List<String> good = new ArrayList<>(GOOD);
    good.add("f IS NULL");
    if (vendor == MySqlVendor.MYSQL) {
      good.add("f > 0.1 OR f = 16777217");
      good.add("j->'$.k' = 2");
    }
    // All of them before the first log is read: a check waits while such a reader's session goes.
    for (String condition : good) {
      assertThat(problems(source(server, condition))).as(condition).isEmpty();
    }
    int run = 0;
    for (String condition : good) {
      server.execute("filters", "DELETE FROM t");
      MySqlSource source = source(server, condition);
      String inserts = ROWS.replace("%d", String.valueOf(++run));
      assertThat(logged(source, server, inserts))
          .as(condition)
          .isEqualTo(selected(server, condition));
    }
  }

  private static TreeSet<String> selected(MySqlServer server, String condition) throws Exception {
    TreeSet<String> ids = new TreeSet<>();
    try (Connection connection = server.connect("filters");
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT id FROM t WHERE (" + condition + "\n)")) {
      while (rows.next()) {
        ids.add(rows.getString(1));
      }
    }
    return ids;
  }

  private static TreeSet<String> logged(MySqlSource source, MySqlServer server, String inserts)
      throws Exception {
    TreeSet<String> ids = new TreeSet<>();
    try (SourceControl control = source.openControl(1)) {
      SourceControl.LogStart start = control.createLog();
      try (LogReader log =
          source.openLog(1, start.position(), control.tables(), SourceMemory.NONE)) {
        server.execute("filters", inserts);
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        Optional<LogReader.Message> message = Optional.empty();
        while (!(message.orElse(null) instanceof LogReader.Commit)) {
          assertThat(System.nanoTime()).isLessThan(deadline);
          message = log.poll(Duration.ofMillis(100));
          if (message.orElse(null) instanceof LogReader.Changes changes) {
            changes.changes().forEach(change -> ids.add(((RowChange.Insert) change).row().text(0)));
          }
        }
      }
    }
    return ids;
  }

  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void whatMightNotBeIsRefused(MySqlVendor vendor) {
    BAD.forEach(
        (condition, problem) ->
            assertThat(problems(source(of(vendor), condition)))
                .as(condition)
                .singleElement()
                .asString()
                .startsWith("the filter (" + condition + ") cannot be used: ")
                .contains(problem));
    if (vendor == MySqlVendor.MARIADB) {
      assertThat(problems(source(mariadb, "f > 0.1")))
          .singleElement()
          .asString()
          .contains("column f of type float");
    }
  }
}
