package io.tidemark.database.mysql.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.lab.Loans;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.schema.TableId;
import io.tidemark.settings.SourceSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows of the log meet a filter exactly if a snapshot's rows do. */
class LogFilterIT {

  @RegisterExtension final Loans loans = new Loans();

  /** Conditions on a column of each type, with rows of which some meet them. */
  private record Filter(String columns, String condition, String... rows) {}

  private static final List<Filter> FILTERS =
      List.of(
          new Filter(
              "a INT, b BIGINT UNSIGNED",
              "a > -5 AND b < 18446744073709551615",
              "-5, 0",
              "-4, 5",
              "1, 18446744073709551615",
              "NULL, 1"),
          new Filter(
              "a VARCHAR(20) COLLATE utf8mb4_general_ci, b CHAR(5) COLLATE utf8mb4_bin",
              "a = 'ÄB' OR b = 'x'",
              "'äb', 'X'",
              "'äbc', 'x'",
              "'ab', 'y'",
              "'q', 'X'"),
          new Filter(
              "a VARCHAR(20) CHARACTER SET latin1",
              "a LIKE '%é' OR LENGTH(a) = 2",
              "'é'",
              "'éa'",
              "'abc'",
              "''"),
          new Filter(
              "a DECIMAL(20,5), b DOUBLE, c FLOAT",
              "a * 3 = 1.00002 OR b = 0.1 OR c = 0.5",
              "0.33334, 0, 0",
              "1, 0.1, 0",
              "1, 0.10000000000000002, 0",
              "0, 0, 0.5"),
          new Filter(
              "a DATE, b DATETIME(3), c TIME(2), y YEAR",
              "a = '2024-02-29' OR MICROSECOND(b) = 125000 OR c < '-10:00:00' OR y = 1999",
              "'2024-02-29', NULL, NULL, NULL",
              "NULL, '2020-01-01 00:00:00.125', NULL, NULL",
              "NULL, NULL, '-10:00:00.01', NULL",
              "NULL, NULL, '-10:00:00', 2000",
              "NULL, NULL, NULL, 1999"),
          new Filter(
              "a TIMESTAMP NULL, b BIT(9), c VARBINARY(9), d BINARY(3)",
              "a > '2024-03-31 01:30:00' OR b = 257 OR c = x'00ff' OR d = x'610000'",
              "'2024-03-31 01:30:01', 0, '', ''",
              "'2024-03-31 01:30:00', 257, '', ''",
              "NULL, 0, x'00ff', ''",
              "NULL, 0, x'00ff00', 'a'",
              "NULL, 1, '', 'b'"),
          new Filter(
              "a ENUM('u','v'), b SET('p','q'), c TEXT",
              "a = 'V' OR b = 'p,q' OR c LIKE '%\\'%'",
              "'u', 'p', ''",
              "'v', '', ''",
              "'u', 'p,q', ''",
              "'u', '', 'it''s'"),
          new Filter(
              "`odd `` name` JSON",
              "JSON_EXTRACT(`odd `` name`, '$.a') = 1",
              "'{\"a\": 1}'",
              "'{\"a\": 2}'",
              "'[]'",
              "NULL"));

  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void theLogsRowsAreFilteredAsTheSnapshotsAre(MySqlVendor flavour) throws Exception {
    LogServer server = new LogServer(loans.mySql("log", flavour, "character_set_server=utf8mb4"));
    for (int i = 0; i < FILTERS.size(); i++) {
      Filter filter = FILTERS.get(i);
      String name = "f" + i;
      server.execute("CREATE TABLE " + name + " (id INT PRIMARY KEY, " + filter.columns() + ")");
      MySqlSource source =
          server.source(
              SourceSettings.DEFAULT, Map.of(new TableId("db", name), filter.condition()), name);
      BinlogPosition from = server.now();
      for (int row = 0; row < filter.rows().length; row++) {
        server.execute("INSERT INTO " + name + " VALUES (" + row + ", " + filter.rows()[row] + ")");
      }
      List<List<String>> expected =
          SameValues.snapshot(server, source, server.tables(source).get(0));
      assertThat(expected).as(filter.condition()).isNotEmpty();
      assertThat(expected.size()).isLessThan(filter.rows().length);
      assertThat(SameValues.log(server, source, from)).as(filter.condition()).isEqualTo(expected);
    }
    updatesCrossTheFilter(server);
  }

  private static void updatesCrossTheFilter(LogServer server) throws Exception {
    server.execute("CREATE TABLE u (id INT PRIMARY KEY, a INT)");
    MySqlSource source =
        server.source(SourceSettings.DEFAULT, Map.of(new TableId("db", "u"), "a >= 10"), "u");
    BinlogPosition from = server.now();
    server.execute(
        "INSERT INTO u VALUES (1, 5), (2, 10)",
        "UPDATE u SET a = a + 5",
        "UPDATE u SET a = a - 10",
        "DELETE FROM u",
        "TRUNCATE TABLE u");
    List<String> changes = new ArrayList<>();
    SameTransactions.read(server, source, from).forEach(changes::addAll);
    assertThat(changes)
        .containsExactly(
            "insert (2|10)",
            "insert (1|10)",
            "update (2|10) -> (2|15)",
            "delete (1|10)",
            "delete (2|15)",
            "truncate [db.u]");
    server.execute("SET GLOBAL binlog_row_image = 'MINIMAL'");
    BinlogPosition later = server.now();
    server.execute("INSERT INTO u VALUES (1, 5)", "UPDATE u SET a = 10");
    assertThatThrownBy(() -> SameTransactions.read(server, source, later))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("binlog_row_image = FULL");
  }
}
