package io.tidemark.database.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.KeyRange;
import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.LogReader;
import io.tidemark.database.LogReader.Changes;
import io.tidemark.database.LogReader.Message;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceControl.LogStart;
import io.tidemark.database.SourceMemory;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.Table;
import io.tidemark.settings.Selection;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A source that does not know what its bytes mean: they are copied as they are, or refused. */
class SqlAsciiIT {

  private static final String REFUSED =
      "source: table public.t, row (id) = (7), column v: the value has bytes that are not UTF-8";

  @Postgres private static PostgresServer server;
  private static int databases;

  private String database;
  private PostgresSource source;
  private LogStart start;
  private List<Table> tables;

  @BeforeEach
  void beginAStream() throws Exception {
    database = "ascii_" + databases++;
    server.execute(
        "postgres",
        "CREATE DATABASE " + database + " ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
    sql(
        "CREATE TABLE t (id int PRIMARY KEY, v text, a text[], doc bytea)",
        "INSERT INTO t SELECT i, E'\\xc3\\xa9', ARRAY[E'\\xc3\\xa9'], '\\xff'"
            + " FROM generate_series(1, 6) AS i");
    source =
        new PostgresSource(
            server.spec(database), database, new Selection(List.of("*"), Map.of(), Map.of()));
    try (SourceControl control = source.openControl(1)) {
      start = control.createLog();
      tables = control.tables();
    }
  }

  private void sql(String... statements) throws Exception {
    server.execute(database, statements);
  }

  private String copied() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (SnapshotSession session = source.openSession(1, Optional.empty(), List.of())) {
      session.read(
          tables.get(0), KeyRange.everything(), (piece, length) -> bytes.write(piece, 0, length));
      // It goes on after what was refused as after anything.
      return HexFormat.of().formatHex(bytes.toByteArray());
    }
  }

  private static Message next(LogReader log) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (System.nanoTime() < deadline) {
      Optional<Message> message = log.poll(Duration.ofMillis(100));
      if (message.isPresent() && message.get() instanceof Changes changes) {
        return changes;
      }
    }
    throw new AssertionError("the log says nothing");
  }

  private static String logged(LogReader log) throws InterruptedException {
    RowChange.Insert insert = (RowChange.Insert) ((Changes) next(log)).changes().get(0);
    return insert.row().text(1);
  }

  @Test
  void theSnapshotRefusesTheFirstValueThatIsNotText() throws Exception {
    assertThat(copied()).contains("c3a9");
    sql("INSERT INTO t VALUES (7, E'caf\\xe9', NULL, NULL), (8, 'x', ARRAY[E'\\xe9'], NULL)");
    assertThatThrownBy(this::copied)
        .isInstanceOfSatisfying(
            DatabaseException.class,
            e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.FATAL))
        .hasMessageContaining(REFUSED)
        .hasMessageContaining("start the job again")
        .satisfies(
            refused -> {
              // The advice, with the condition filled in.
              String message = refused.getMessage();
              int from = message.indexOf("UPDATE ");
              String update = message.substring(from, message.indexOf("…", from)) + "id = 7";
              sql(update);
            });
    assertThatThrownBy(this::copied).hasMessageContaining("row (id) = (8), column a:");
    sql("DELETE FROM t WHERE id = 8");
    assertThat(copied()).contains("636166c3a9");
  }

  @Test
  void theLogRefusesTheFirstValueThatIsNotText() throws Exception {
    try (LogReader log = source.openLog(1, start.position(), tables, SourceMemory.NONE)) {
      sql("INSERT INTO t VALUES (9, E'na\\xc3\\xafve', NULL, NULL)");
      assertThat(logged(log)).isEqualTo("naïve");
      sql("INSERT INTO t VALUES (7, E'caf\\xe9', NULL, NULL)");
      assertThatThrownBy(() -> next(log))
          .isInstanceOfSatisfying(
              DatabaseException.class,
              e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.FATAL))
          .hasMessageContaining(REFUSED)
          .hasMessageContaining("dropped with ./tidemark drop and copied again");
    }
  }
}
