package io.tidemark.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.change.ChangeEvent;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.Ledger;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.TargetWriter.RowBatch;
import io.tidemark.database.postgres.PostgresTarget;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import io.tidemark.testing.PrintedProgress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeadLetterWriterIT {

  private static final Table TABLE =
      new Table(
          new TableId("public", "t"),
          List.of(
              new Column("id", "int", false, new ValueType.Int(32, false)),
              new Column("d", "date", true, ValueType.Plain.DATE),
              new Column("note", "text", true, new ValueType.Text(99, false))),
          Optional.of(new PrimaryKey(List.of("id"))));

  @Postgres(databases = "t")
  private static PostgresServer server;

  private final SinkMeasures measures = new SinkMeasures();
  private WriterSession session;
  private Ledger ledger;
  private long epoch;

  @BeforeEach
  void open() throws SQLException {
    server.execute(
        "t",
        "DROP SCHEMA IF EXISTS tidemark CASCADE",
        "DROP TABLE IF EXISTS t",
        "CREATE TABLE t (id int PRIMARY KEY, d date, note text)");
    PostgresTarget target =
        new PostgresTarget(server.spec("t"), "s", Renaming.none(), OnBadValue.DEAD_LETTER);
    ledger = target.ledger("s");
    epoch = ledger.claim("one").epoch();
    session = new WriterSession(target, "s", "test", measures);
    session.open(epoch);
    session.at(epoch, () -> "here");
  }

  @Test
  void aDeadLetterIsPartOfTheTransactionThatWouldHaveWrittenTheRow() throws Exception {
    session.writer().applySingly(new RowChange.Insert(TABLE, row("1", "0000-00-00", "a")));
    session.writer().rollback();
    assertThat(letters()).isEmpty();
    session.writer().applySingly(new RowChange.Insert(TABLE, row("1", "0000-00-00", "a")));
    session.writer().commit();
    assertThat(letters())
        .containsExactly("[\"1\"] d here {\"id\":\"1\",\"d\":\"0000-00-00\",\"note\":\"a\"}");
    assertThat(measures.deadLetters()).isEqualTo(1);
    session.close();
  }

  @Test
  void aRowGoesThereAndBackWithTheColumnsThatTheLogLeavesOut() throws Exception {
    session.writer().applySingly(new RowChange.Insert(TABLE, row("1", "2024-01-01", "kept")));
    update("1", "2024-02-31", null);
    session.writer().commit();
    assertThat(rows("SELECT id, d, note FROM t")).isEmpty();
    assertThat(letters())
        .containsExactly("[\"1\"] d here {\"id\":\"1\",\"d\":\"2024-02-31\",\"note\":\"kept\"}");
    update("1", null, "changed");
    session.writer().commit();
    assertThat(letters()).singleElement().asString().contains("changed");
    update("1", "2024-03-01", null);
    session.writer().commit();
    assertThat(letters()).isEmpty();
    assertThat(rows("SELECT id, d, note FROM t")).containsExactly("1 2024-03-01 changed");
    assertThat(measures.deadLetters()).isZero();
    session.close();
  }

  @Test
  void aBatchIsSortedByWhereItsRowsAreAndGo() throws Exception {
    for (String id : List.of("1", "2", "3")) {
      String day = id.equals("3") ? "2024-01-01" : "0000-00-00";
      session.writer().applySingly(new RowChange.Insert(TABLE, row(id, day, "x")));
    }
    session.writer().commit();
    session
        .writer()
        .apply(
            new RowBatch(
                TABLE,
                List.of(part("2", null, null)),
                List.of(part("1", "2024-05-05", null), part("3", "2024-00-01", null)),
                List.of(row("4", "0000-00-00", "y"), row("5", "2024-01-05", "z"))));
    session.writer().commit();
    assertThat(rows("SELECT id, d, note FROM t ORDER BY id"))
        .containsExactly("1 2024-05-05 x", "5 2024-01-05 z");
    assertThat(rows("SELECT key_values FROM tidemark.dead_letter ORDER BY 1"))
        .containsExactly("[\"3\"]", "[\"4\"]");
    session.writer().applySingly(new RowChange.Truncate(List.of(TABLE)));
    session.writer().commit();
    assertThat(letters()).isEmpty();
    session.close();
  }

  /** A large transaction comes in pieces before anybody knows where it ends. */
  @Test
  void aLetterOfALargeTransactionIsOfItsCommit() throws Exception {
    LogApplier applier =
        new LogApplier(
            session,
            measures,
            new SinkLimits(2, 1 << 20, 2, 1 << 20, Duration.ofSeconds(1)),
            true,
            new CountDownLatch(1),
            () -> {});
    for (int id = 1; id <= 5; id++) {
      String day = id == 3 ? "2024-01-01" : "0000-00-00";
      applier.changes(List.of(new RowChange.Insert(TABLE, row("" + id, day, "a"))));
    }
    ledger.recordIntent(epoch, "db");
    ledger.recordStart(epoch, "0", "", SourceMemory.NONE);
    applier.commit(new ChangeEvent.Commit(epoch, new PrintedProgress("there", ""), Instant.now()));
    applier.flush();
    assertThat(rows("SELECT DISTINCT epoch, position, count(*) OVER () FROM tidemark.dead_letter"))
        .containsExactly(epoch + " there 4");
    applier.close();
  }

  private void update(String id, String day, String note) {
    session
        .writer()
        .applySingly(new RowChange.Update(TABLE, Optional.empty(), part(id, day, note)));
  }

  private static Row row(String... values) {
    return Row.ofText(List.of(values));
  }

  /** Without the fields that are null. */
  private static Row part(String... values) {
    byte[] bytes =
        String.join("", java.util.Arrays.stream(values).map(v -> v == null ? "" : v).toList())
            .getBytes(StandardCharsets.UTF_8);
    Row.Builder row = Row.builder(bytes, values.length);
    int at = 0;
    for (int i = 0; i < values.length; i++) {
      if (values[i] != null) {
        row.setValue(i, at, values[i].length());
        at += values[i].length();
      }
    }
    return row.build();
  }

  private static List<String> letters() throws SQLException {
    return rows("SELECT key_values, column_name, position, row_values FROM tidemark.dead_letter");
  }

  private static List<String> rows(String sql) throws SQLException {
    try (Connection connection = server.connect("t");
        var statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> all = new ArrayList<>();
      while (rows.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          row.add(rows.getString(i));
        }
        all.add(String.join(" ", row));
      }
      return all;
    }
  }
}
