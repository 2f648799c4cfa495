package io.tidemark.database.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.SequenceValue;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.LogReader;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceControl.LogStart;
import io.tidemark.database.SourceLookup;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.TableChangedException;
import io.tidemark.database.postgres.position.PostgresXid;
import io.tidemark.database.postgres.session.CopyFormat;
import io.tidemark.endtoend.fixture.AbsentStandby;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PostgresSourceIT {

  @Postgres("max_prepared_transactions=5")
  private static PostgresServer server;

  private static int databases;

  private String database;

  @BeforeEach
  void createDatabase() throws Exception {
    database = "source_" + databases++;
    server.createDatabase(database);
  }

  private PostgresSource source(String... patterns) {
    return source(new Selection(List.of(patterns), Map.of(), Map.of()));
  }

  private PostgresSource source(Selection selection) {
    return new PostgresSource(server.spec(database), database, selection);
  }

  private void sql(String... statements) throws Exception {
    server.execute(database, statements);
  }

  /** The rows of a text chunk, or of a binary one as one string of bytes. */
  private static String read(SnapshotSession session, Table table, KeyRange range)
      throws InterruptedException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    session.read(table, range, (piece, length) -> bytes.write(piece, 0, length));
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static KeyRange between(String from, String to) {
    return KeyRange.between(
        Optional.ofNullable(from).map(value -> new Key(List.of(value))),
        Optional.ofNullable(to).map(value -> new Key(List.of(value))));
  }

  @Test
  void selectsOrdinaryTablesAndPartitionRootsWithTheirKeys() throws Exception {
    sql(
        "CREATE TABLE \"Order\" (\"a.b\" int PRIMARY KEY, \"q\"\"x\" text, g int GENERATED ALWAYS AS"
            + " (1) STORED)",
        "CREATE TABLE p (id int, d int, PRIMARY KEY (d, id)) PARTITION BY RANGE (d)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent)",
        "CREATE TABLE uniq (u int NOT NULL UNIQUE, v int)",
        "CREATE TABLE uniq_full (u int NOT NULL UNIQUE, v int)",
        "ALTER TABLE uniq_full REPLICA IDENTITY FULL",
        "CREATE TABLE uniq_index (id int PRIMARY KEY, u int NOT NULL CONSTRAINT ui UNIQUE)",
        "ALTER TABLE uniq_index REPLICA IDENTITY USING INDEX ui",
        "CREATE TABLE late (id int PRIMARY KEY DEFERRABLE)",
        "CREATE UNLOGGED TABLE unlogged (id int)",
        "CREATE VIEW v AS SELECT 1 AS x",
        "CREATE SCHEMA tidemark",
        "CREATE TABLE tidemark.stream (id int)");
    try (SourceControl control = source("*").openControl(1)) {
      assertThat(
              control.tables().stream()
                  .map(
                      table ->
                          table
                              + " "
                              + table.columns().stream().map(column -> column.name()).toList()
                              + " "
                              + table.key().map(key -> key.columns().toString()).orElse("-")))
          .containsExactly(
              "public.Order [a.b, q\"x] [a.b]",
              "public.child [id] [id]",
              "public.late [id] -",
              "public.p [id, d] [d, id]",
              "public.parent [id] [id]",
              "public.uniq [u, v] -",
              "public.uniq_full [u, v] [u]",
              "public.uniq_index [id, u] [u]");
      assertThat(control.identity()).startsWith("postgresql ").endsWith(" " + database);
    }
  }

  @Test
  void readsRangesOfCompositeAndQuotedKeys() throws Exception {
    sql(
        "CREATE TABLE \"O\"\"r.d\" (a int, \"B\" text, c regtype, PRIMARY KEY (a, \"B\"))",
        "INSERT INTO \"O\"\"r.d\" VALUES (1, 'a', 'int'), (1, 'b''\\', 'int'), (2, 'a', NULL)");
    PostgresSource source = source("*");
    Table table;
    try (SourceControl control = source.openControl(1)) {
      table = control.tables().get(0);
    }
    try (SnapshotSession session = source.openSession(1, Optional.empty(), List.of())) {
      assertThat(session.format(table)).isEqualTo(CopyFormat.TEXT);
      Key middle = new Key(List.of("1", "b'\\"));
      assertThat(read(session, table, KeyRange.between(Optional.empty(), Optional.of(middle))))
          .isEqualTo("1\ta\tinteger\n");
      assertThat(read(session, table, KeyRange.between(Optional.of(middle), Optional.empty())))
          .isEqualTo("1\tb'\\\\\tinteger\n2\ta\t\\N\n");
      assertThat(read(session, table, KeyRange.Points.of(middle)))
          .isEqualTo("1\tb'\\\\\tinteger\n");
    }
  }

  @Test
  void sharesOneSnapshotAndItsPosition() throws Exception {
    sql("CREATE TABLE t (id int PRIMARY KEY, x text)", "INSERT INTO t VALUES (1, 'a')");
    PostgresSource source = source("public.t");
    try (SourceControl control = source.openControl(1);
        SourceControl.SharedSnapshot shared = control.openSharedSnapshot().orElseThrow()) {
      Table table = control.tables().get(0);
      sql("INSERT INTO t VALUES (2, 'b')");
      try (SnapshotSession one = source.openSession(1, Optional.of(shared.name()), List.of());
          SnapshotSession two = source.openSession(1, Optional.of(shared.name()), List.of())) {
        assertThat(one.position()).isEqualTo(shared.position()).isEqualTo(two.position());
        assertThat(one.format(table)).isEqualTo(CopyFormat.BINARY);
        assertThat(one.read(table, KeyRange.everything(), (bytes, length) -> {})).isEqualTo(1);
        assertThat(two.read(table, between("2", null), (bytes, length) -> {})).isZero();
        // Not blocked by the open sessions.
        sql("SET lock_timeout = '10s'", "ALTER TABLE t ADD COLUMN y int");
      }
      shared.close();
      assertThatThrownBy(() -> source.openSession(1, Optional.of(shared.name()), List.of()))
          .isInstanceOf(DatabaseException.class)
          .hasMessageContaining("has ended");
    }
  }

  @Test
  void noticesATruncateARewriteAndADropUnderASession() throws Exception {
    sql(
        "CREATE TABLE t (id int PRIMARY KEY, x text)",
        "INSERT INTO t VALUES (1, 'a')",
        "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)",
        "INSERT INTO p VALUES (1)");
    PostgresSource source = source("public.t", "public.p");
    try (SourceControl control = source.openControl(1)) {
      Table p = control.tables().get(0);
      Table t = control.tables().get(1);
      try (SnapshotSession session = source.openSession(1, Optional.empty(), List.of())) {
        assertThat(session.read(p, KeyRange.everything(), (bytes, length) -> {})).isEqualTo(1);
        sql("TRUNCATE t", "TRUNCATE p1");
        assertThatThrownBy(() -> read(session, t, KeyRange.everything()))
            .isInstanceOf(TableChangedException.class)
            .hasMessageContaining("public.t was truncated");
        assertThatThrownBy(() -> read(session, p, KeyRange.everything()))
            .isInstanceOf(TableChangedException.class);
      }
      try (SnapshotSession session = source.openSession(1, Optional.empty(), List.of())) {
        assertThat(session.read(p, KeyRange.everything(), (bytes, length) -> {})).isZero();
        sql("CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20)", "DROP TABLE t");
        assertThatThrownBy(() -> read(session, p, KeyRange.everything()))
            .isInstanceOf(TableChangedException.class);
        assertThatThrownBy(() -> read(session, t, KeyRange.everything()))
            .isInstanceOf(TableChangedException.class);
      }
    }
  }

  @Test
  void readsRowsOfAThousandColumnsAndOfManyMegabytes() throws Exception {
    String columns =
        IntStream.range(1, 1000).mapToObj(i -> "c" + i + " int").collect(Collectors.joining(", "));
    sql(
        "CREATE TABLE wide (id int PRIMARY KEY, " + columns + ")",
        "INSERT INTO wide (id, c999) VALUES (1, 7)",
        "CREATE TABLE big (id int PRIMARY KEY, x text)",
        "INSERT INTO big VALUES (1, 'a'), (2, repeat('x', 20000000)), (3, 'b')");
    PostgresSource source = source("*");
    try (SourceControl control = source.openControl(1);
        SnapshotSession session = source.openSession(1, Optional.empty(), List.of())) {
      List<Integer> pieces = new ArrayList<>();
      Table big = control.tables().get(0);
      assertThat(session.read(big, KeyRange.everything(), (bytes, length) -> pieces.add(length)))
          .isEqualTo(3);
      assertThat(pieces).hasSize(3).anyMatch(length -> length > 20_000_000);
      Table wide = control.tables().get(1);
      assertThat(session.read(wide, KeyRange.everything(), (bytes, length) -> {})).isEqualTo(1);
    }
  }

  /**
   * The server builds a slot's first snapshot in three steps, and waits at each of the first two
   * for the transactions that are open then. The one that begins after the second step and whose
   * commit hangs is logged before the slot's start.
   */
  @Test
  void startsTheLogWithWhatIsLoggedAndNotYetVisible() throws Exception {
    sql("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
    PostgresSource source = source("public.t");
    try (Connection first = writer(2);
        Connection second = writer(3);
        Connection hanging = server.connect(database);
        SourceControl control = source.openControl(1)) {
      AbsentStandby.keepWaiting(server);
      second.rollback();
      CompletableFuture<LogStart> created = CompletableFuture.supplyAsync(control::createLog);
      await(WALSENDER_WAITS_FOR.formatted(xid(first)));
      insert(second, 3);
      String secondXid = xid(second);
      first.commit();
      await(WALSENDER_WAITS_FOR.formatted(secondXid));
      CompletableFuture<String> commit = new CompletableFuture<>();
      hanging.setAutoCommit(false);
      insert(hanging, 4);
      String hangingXid = xid(hanging);
      Thread committer =
          new Thread(
              () -> {
                try {
                  hanging.commit();
                  commit.complete(hangingXid);
                } catch (SQLException e) {
                  commit.completeExceptionally(e);
                }
              });
      committer.start();
      await("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
      second.commit();
      LogStart start = created.get(30, TimeUnit.SECONDS);
      assertThat(start.pending()).containsExactly(PostgresXid.parse(hangingXid));
      assertThat(control.visible().includes(PostgresXid.parse(hangingXid))).isFalse();
      AbsentStandby.letGo(server);
      commit.get(30, TimeUnit.SECONDS);
      assertThat(control.visible().includes(PostgresXid.parse(hangingXid))).isTrue();
      assertThat(control.createLog().pending()).isEmpty(); // in place of the first attempt
    } finally {
      AbsentStandby.letGo(server);
    }
  }

  private static final String WALSENDER_WAITS_FOR =
      "SELECT 1 FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid) WHERE NOT l.granted AND"
          + " a.backend_type = 'walsender' AND l.transactionid::text = '%s'";

  /** A connection that has inserted {@code id} and waits for no standby when it commits. */
  private Connection writer(int id) throws SQLException {
    Connection connection = server.connect(database);
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET SESSION synchronous_commit = local");
    }
    connection.commit();
    insert(connection, id);
    return connection;
  }

  private static void insert(Connection connection, int id) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("INSERT INTO t VALUES (" + id + ")");
    }
  }

  private static String xid(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT pg_current_xact_id()::text")) {
      rows.next();
      return rows.getString(1);
    }
  }

  private void await(String query) throws SQLException {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      while (System.nanoTime() < deadline) {
        try (ResultSet rows = statement.executeQuery(query)) {
          if (rows.next()) {
            return;
          }
        }
      }
      throw new AssertionError("nothing yet from " + query);
    }
  }

  @Test
  void refusesASlotThatCannotBeReadFromThePosition() throws Exception {
    sql("CREATE TABLE t (id int PRIMARY KEY)");
    PostgresSource source = source("public.*");
    try (SourceControl control = source.openControl(1)) {
      LogStart start = control.createLog();
      control.requireLog(start.position(), SourceMemory.NONE);
      sql("CREATE TABLE u (id int PRIMARY KEY)");
      control.requireLog(start.position(), SourceMemory.NONE); // takes u in
      control.requireLog(start.position(), SourceMemory.NONE);
      assertThat(control.tables()).hasSize(2);
      sql("DROP TABLE t", "CREATE TABLE t (id int PRIMARY KEY)");
      assertThatThrownBy(() -> control.requireLog(start.position(), SourceMemory.NONE))
          .hasMessageContaining("public.t was taken out of the publication");
      sql("ALTER PUBLICATION " + source.own().publicationName() + " ADD TABLE t"); // another one
      assertThatThrownBy(() -> control.requireLog(start.position(), SourceMemory.NONE))
          .hasMessageContaining("it was dropped and created again");
      sql(
          "SELECT pg_replication_slot_advance('"
              + source.own().slotName()
              + "', pg_current_wal_lsn())");
      assertThatThrownBy(() -> control.requireLog(start.position(), SourceMemory.NONE))
          .hasMessageContaining("it has been read up to");
      sql("SELECT pg_drop_replication_slot('" + source.own().slotName() + "')");
      assertThatThrownBy(() -> control.requireLog(start.position(), SourceMemory.NONE))
          .isInstanceOfSatisfying(
              DatabaseException.class,
              e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.FATAL))
          .hasMessageContaining("it is not there");
    }
  }

  @Test
  void refusesASlotWhoseLogTheServerHasDiscarded() throws Exception {
    sql("CREATE TABLE t (id int PRIMARY KEY)");
    PostgresSource source = source("public.t");
    try (SourceControl control = source.openControl(1)) {
      LogStart start = control.createLog();
      server.configure(Map.of("max_slot_wal_keep_size", "1MB"));
      String lost =
          "SELECT 1 FROM pg_replication_slots WHERE wal_status = 'lost' AND slot_name = '"
              + source.own().slotName()
              + "'";
      for (int i = 0; i < 5; i++) {
        sql("INSERT INTO t VALUES (" + i + ")", "SELECT pg_switch_wal()", "CHECKPOINT");
      }
      await(lost);
      assertThatThrownBy(() -> control.requireLog(start.position(), SourceMemory.NONE))
          .isInstanceOfSatisfying(
              DatabaseException.class,
              e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.FATAL))
          .hasMessageContaining("the server has discarded its log");
      sql("SELECT pg_drop_replication_slot('" + source.own().slotName() + "')");
    } finally {
      server.configure(Map.of("max_slot_wal_keep_size", "-1"));
    }
  }

  @Test
  void refusesToGoOnWithOtherColumnsOrRowsThanWereCopied() throws Exception {
    sql("CREATE TABLE t (id int PRIMARY KEY, a int, b text)");
    PostgresSource source = source("public.*");
    try (SourceControl control = source.openControl(1)) {
      LogStart start = control.createLog();
      sql(
          "ALTER TABLE t ALTER COLUMN a SET DEFAULT 7",
          "ALTER TABLE t ALTER COLUMN b SET NOT NULL");
      control.requireLog(start.position(), SourceMemory.NONE);

      sql("ALTER TABLE t ADD COLUMN c int");
      assertThatThrownBy(() -> control.requireLog(start.position(), SourceMemory.NONE))
          .hasMessageContaining("public.t are not those that it was copied with");
      try (SourceControl former =
          source(
                  new Selection(
                      List.of("public.*"),
                      Map.of(new TableId("public", "t"), List.of("id", "a", "b")),
                      Map.of()))
              .openControl(2)) {
        former.requireLog(start.position(), SourceMemory.NONE);
      }
      try (SourceControl filtered =
          source(
                  new Selection(
                      List.of("public.*"), Map.of(), Map.of(new TableId("public", "t"), "a > 0")))
              .openControl(3)) {
        assertThatThrownBy(() -> filtered.requireLog(start.position(), SourceMemory.NONE))
            .hasMessageContaining("public.t are not those that it was copied with");
      }

      sql("ALTER TABLE t DROP COLUMN c", "ALTER TABLE t DROP COLUMN a", "ALTER TABLE t ADD a int");
      assertThatThrownBy(() -> control.requireLog(start.position(), SourceMemory.NONE))
          .hasMessageContaining("public.t are not those that it was copied with");
    }
  }

  @Test
  void waitsForTheTransactionsThatWereOpenWhenATableWasAddedAlsoAfterACrash() throws Exception {
    sql("CREATE TABLE t (id int PRIMARY KEY)");
    PostgresSource source = source("public.*");
    try (SourceControl control = source.openControl(1)) {
      LogStart start = control.createLog();
      sql("CREATE TABLE u (id int PRIMARY KEY)");
      try (Connection writer = writer(1)) {
        CompletableFuture<?> cut = CompletableFuture.runAsync(() -> requireLog(source, start));
        await("SELECT 1 FROM pg_publication_tables WHERE tablename = 'u'");
        sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE"
                + " '%:2:control'");
        assertThatThrownBy(() -> cut.get(30, TimeUnit.SECONDS)).isInstanceOf(Exception.class);
        CompletableFuture<?> again = CompletableFuture.runAsync(() -> requireLog(source, start));
        assertThatThrownBy(() -> again.get(1, TimeUnit.SECONDS))
            .isInstanceOf(TimeoutException.class);
        writer.commit();
        again.get(30, TimeUnit.SECONDS);
      }
    }
  }

  private static void requireLog(PostgresSource source, LogStart start) {
    try (SourceControl control = source.openControl(2)) {
      control.requireLog(start.position(), SourceMemory.NONE);
    }
  }

  @Test
  void aNewerEpochEndsTheOlderOnesSessions() throws Exception {
    sql("CREATE TABLE t (id int PRIMARY KEY)");
    PostgresSource source = source("public.t");
    LogStart start;
    List<Table> tables;
    try (SourceControl control = source.openControl(1)) {
      start = control.createLog();
      tables = control.tables();
    }
    try (LogReader log = source.openLog(1, start.position(), tables, SourceMemory.NONE);
        SnapshotSession session = source.openSession(1, Optional.empty(), List.of());
        SnapshotSession newer = source.openSession(3, Optional.empty(), List.of());
        SourceControl control = source.openControl(2)) {
      control.expelFormerSessions();
      assertThatThrownBy(
              () -> {
                while (true) {
                  log.poll(Duration.ofSeconds(1));
                }
              })
          .isInstanceOfSatisfying(
              DatabaseException.class,
              e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.RETRYABLE));
      assertThatThrownBy(() -> read(session, tables.get(0), KeyRange.everything()))
          .isInstanceOf(DatabaseException.class);
      read(newer, tables.get(0), KeyRange.everything());
      source.openLog(2, start.position(), tables, SourceMemory.NONE).close();
    }
  }

  @Test
  void findsSequencesAndLocatesKeysAsTheDatabaseDoes() throws Exception {
    sql(
        "CREATE TABLE t (id serial, k text COLLATE \"en-x-icu\", b uuid, PRIMARY KEY (k, id))",
        "CREATE SEQUENCE \"S\"",
        "CREATE TABLE u (id int PRIMARY KEY DEFAULT nextval('\"S\"'), i int GENERATED BY DEFAULT AS"
            + " IDENTITY)",
        "SELECT nextval('t_id_seq')",
        "SELECT setval('\"S\"', 42, false)");
    PostgresSource source = source("public.*");
    List<Table> tables;
    try (SourceControl control = source.openControl(1)) {
      tables = control.tables();
    }
    try (SourceLookup lookup = source.openLookup(1, tables)) {
      assertThat(lookup.sequences())
          .containsExactly(
              new SequenceValue(new TableId("public", "S"), 42, false),
              new SequenceValue(new TableId("public", "t_id_seq"), 1, true),
              new SequenceValue(new TableId("public", "u_i_seq"), 1, false));
      List<Key> bounds = List.of(new Key(List.of("a", "5")), new Key(List.of("B", "1")));
      List<Key> keys =
          List.of(
              new Key(List.of("A", "9")),
              new Key(List.of("a", "4")),
              new Key(List.of("a", "5")),
              new Key(List.of("b", "7")),
              new Key(List.of("B", "1")),
              new Key(List.of("Z", "0")));
      // ICU: a < A < b < B.
      assertThat(lookup.locate(tables.get(0), keys, bounds)).containsExactly(1, 0, 1, 1, 2, 2);
      assertThat(
              lookup.locate(
                  tables.get(1),
                  List.of(new Key(List.of("-5")), new Key(List.of("10")), new Key(List.of("9"))),
                  List.of(new Key(List.of("9")), new Key(List.of("10")))))
          .containsExactly(0, 2, 1);
      assertThat(lookup.visible().print()).contains("@");
      lookup.nudgeLog();
    }
  }
}
