package io.tidemark.database.mysql;

import static io.tidemark.testing.SnapshotRows.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import io.tidemark.change.SequenceValue;
import io.tidemark.database.ChunkPlanner;
import io.tidemark.database.Ledger;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceLookup;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.TableChangedException;
import io.tidemark.database.mysql.catalog.MySqlCatalog;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.StreamSource;
import io.tidemark.database.mysql.snapshot.ServerLog;
import io.tidemark.lab.MySqlServer;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What holds for a MySQL source and a MariaDB source alike. */
public abstract class SourceContract {

  private final MySqlServer server;

  SourceContract(MySqlServer server) {
    this.server = server;
  }

  final MySqlServer server() {
    return server;
  }

  /** A new database with tables in it. */
  final MySqlSource source(String database, String... statements) throws Exception {
    server.execute("", "DROP DATABASE IF EXISTS " + database);
    server.createDatabase(database);
    server.execute(database, statements);
    return new MySqlSource(
        server.spec(database),
        database,
        new Selection(List.of(database + ".*"), Map.of(), Map.of()),
        SourceSettings.DEFAULT);
  }

  public static Table table(MySqlSource source, String name) {
    try (MySqlQueries queries = source.own().open(0, StreamSource.Role.CHECK)) {
      return MySqlCatalog.tables(queries, source.own().selection()).stream()
          .filter(table -> table.id().name().equals(name))
          .findFirst()
          .orElseThrow();
    }
  }

  private static List<String> texts(List<Row> rows, int field) {
    return rows.stream().map(row -> row.isNull(field) ? "null" : row.text(field)).toList();
  }

  /** Each value as text, raw ones as digits. */
  private static Map<String, String> values(Table table, Row row) {
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < row.size(); i++) {
      String value = null;
      if (!row.isNull(i)) {
        value =
            table.columns().get(i).values().isRaw()
                ? HexFormat.of()
                    .formatHex(row.array(), row.offset(i), row.offset(i) + row.length(i))
                : row.text(i);
      }
      values.put(table.columns().get(i).name(), value);
    }
    return values;
  }

  @Test
  void readsValuesInThePortableEncoding() throws Exception {
    MySqlSource source =
        source(
            "vals",
            """
            CREATE TABLE v (
              id BIGINT UNSIGNED PRIMARY KEY, small TINYINT, padded INT(6) UNSIGNED ZEROFILL,
              price DECIMAL(12,4), padded_price DECIMAL(10,3) ZEROFILL, f FLOAT, d DOUBLE,
              d2 DOUBLE(10,2),
              bits BIT(10), y YEAR, da DATE, ti TIME(3), dt DATETIME(6), ts TIMESTAMP(2) NULL,
              c CHAR(5), l VARCHAR(10) CHARACTER SET latin1, t TEXT CHARACTER SET utf8mb4,
              b BINARY(4), vb VARBINARY(10), bl BLOB, e ENUM('a','it''s','x,y'), s SET('p','q','r'),
              g POINT, computed INT GENERATED ALWAYS AS (small + 1) VIRTUAL, nothing INT)
            """,
            """
            INSERT INTO v (id, small, padded, price, padded_price, f, d, d2, bits, y, da, ti, dt,
              ts, c, l, t, b, vb, bl, e, s, g) VALUES
            (18446744073709551615, -128, 42, -0.5, 0.25, 16777217.1, 0.1, 12345.67, b'1000000011',
             2026, '9999-12-31', '-838:59:59.000', '2026-03-29 02:30:00.123456',
             '2026-03-29 01:30:00.12', 'ab  ', 'grün', 'né \\\\ 😀', x'0100', x'0100', x'00ff',
             'it''s', 'p,r', ST_GeomFromText('POINT(1 2)')),
            (0, 127, 0, 0, 0, 3.4e38, 1.7976931348623157e308, -0.5, 0, 1901, '1000-01-01',
             '00:00:00', '1000-01-01', NULL, '', '', '', '', '', '', 'a', '', NULL)
            """);
    Table table = table(source, "v");
    try (SnapshotSession session = source.openSession(1, Optional.empty(), List.of(table))) {
      List<Row> rows = read(session, table, KeyRange.everything());
      assertThat(rows).hasSize(2);
      Map<String, String> low = values(table, rows.get(0));
      Map<String, String> high = values(table, rows.get(1));
      assertThat(low)
          .containsEntry("id", "0")
          .containsEntry("padded", "0")
          .containsEntry("price", "0.0000")
          .containsEntry("padded_price", "0.000")
          .containsEntry("f", Float.toString(3.4e38f))
          .containsEntry("d", "1.7976931348623157E308")
          .containsEntry("bits", "0000000000")
          .containsEntry("b", "00000000")
          .containsEntry("vb", "")
          .containsEntry("dt", "1000-01-01 00:00:00.000000")
          .containsEntry("ts", null)
          .containsEntry("nothing", null)
          .doesNotContainKey("computed");
      assertThat(high)
          .containsEntry("id", "18446744073709551615")
          .containsEntry("small", "-128")
          .containsEntry("padded", "42")
          .containsEntry("price", "-0.5000")
          .containsEntry("padded_price", "0.250")
          .containsEntry("f", Float.toString(16777217.1f))
          .containsEntry("d", "0.1")
          .containsEntry("d2", "12345.67")
          .containsEntry("bits", "1000000011")
          .containsEntry("y", "2026")
          .containsEntry("da", "9999-12-31")
          .containsEntry("ti", "-838:59:59.000")
          .containsEntry("dt", "2026-03-29 02:30:00.123456")
          .containsEntry("ts", "2026-03-29 01:30:00.12")
          .containsEntry("c", "ab")
          .containsEntry("l", "grün")
          .containsEntry("t", "né \\ 😀")
          .containsEntry("b", "01000000")
          .containsEntry("vb", "0100")
          .containsEntry("bl", "00ff")
          .containsEntry("e", "it's")
          .containsEntry("s", "p,r")
          .containsEntry("g", "000000000101000000000000000000f03f0000000000000040");
    }
  }

  @Test
  void everyDoubleAndFloatSurvives() throws Exception {
    MySqlSource source = source("reals", "CREATE TABLE r (id INT PRIMARY KEY, d DOUBLE, f FLOAT)");
    java.util.SplittableRandom random = new java.util.SplittableRandom(7);
    List<Double> doubles = new ArrayList<>();
    List<Float> floats = new ArrayList<>();
    try (Connection connection = server.connect("reals");
        var insert = connection.prepareStatement("INSERT INTO r VALUES (?, ?, ?)")) {
      for (int i = 0; i < 500; i++) {
        double d = finite(Double.longBitsToDouble(random.nextLong()));
        float f = (float) finite(Float.intBitsToFloat(random.nextInt()));
        doubles.add(d);
        floats.add(f);
        insert.setInt(1, i);
        insert.setString(2, Double.toString(d));
        insert.setString(3, new java.math.BigDecimal(f).toString());
        insert.addBatch();
      }
      insert.executeBatch();
    }
    Table table = table(source, "r");
    try (SnapshotSession session = source.openSession(1, Optional.empty(), List.of(table))) {
      List<Row> rows = read(session, table, KeyRange.everything());
      assertThat(texts(rows, 1)).isEqualTo(doubles.stream().map(d -> Double.toString(d)).toList());
      assertThat(texts(rows, 2)).isEqualTo(floats.stream().map(f -> Float.toString(f)).toList());
    }
  }

  private static double finite(double value) {
    boolean stored = !Double.isNaN(value) && !Double.isInfinite(value);
    return stored && Math.abs(value) > Float.MIN_NORMAL ? value : 1.5;
  }

  @Test
  void seesTheSnapshotWhateverIsWrittenLater() throws Exception {
    MySqlSource source =
        source(
            "snap",
            "CREATE TABLE t (id INT PRIMARY KEY, n INT)",
            "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)");
    Table table = table(source, "t");
    try (SourceControl control = source.openControl(1);
        SnapshotSession session = source.openSession(1, Optional.empty(), List.of(table))) {
      assertThat(control.visible().print()).isEqualTo(session.position().print());
      server.execute("snap", "UPDATE t SET n = 9", "DELETE FROM t WHERE id = 2");
      assertThat(texts(read(session, table, KeyRange.everything()), 1))
          .containsExactly("1", "2", "3");
      assertThat(texts(read(session, table, range("2", "3")), 0)).containsExactly("2");
      assertThat(texts(read(session, table, KeyRange.Points.of(key("3"))), 1)).containsExactly("3");
      // The position is behind what is visible now, and contains what was committed before.
      assertThat(control.visible().isPassedBy(start(source))).isTrue();
      assertThat(session.position().isPassedBy(start(source))).isTrue();
      assertThat(control.visible().print()).isNotEqualTo(session.position().print());
    }
  }

  private static BinlogPosition start(MySqlSource source) {
    try (MySqlQueries queries = source.own().open(0, StreamSource.Role.CHECK)) {
      return new ServerLog(queries).start();
    }
  }

  @Test
  void refusesATableThatWasAlteredUnderTheSession() throws Exception {
    MySqlSource source =
        source(
            "ddl",
            "CREATE TABLE a (id INT PRIMARY KEY, n INT)",
            "CREATE TABLE b (id INT PRIMARY KEY)",
            "CREATE TABLE c (id INT PRIMARY KEY)",
            "INSERT INTO a VALUES (1, 1)",
            "INSERT INTO b VALUES (1)",
            "INSERT INTO c VALUES (1)");
    Table a = table(source, "a");
    Table b = table(source, "b");
    Table c = table(source, "c");
    try (SnapshotSession session = source.openSession(1, Optional.empty(), List.of(a, b, c))) {
      assertThat(read(session, a, KeyRange.everything())).hasSize(1);
      // Between two chunks nothing is locked, so this waits for nobody.
      server.execute(
          "ddl",
          "SET lock_wait_timeout = 2",
          "ALTER TABLE a MODIFY n BIGINT",
          "TRUNCATE TABLE b",
          "DROP TABLE c");
      for (Table changed : List.of(a, b, c)) {
        assertThatThrownBy(() -> read(session, changed, KeyRange.everything()))
            .isInstanceOf(TableChangedException.class)
            .hasMessageContaining(changed.id().toString());
      }
    }
  }

  @Test
  void cutsTheKeySpaceIntoChunksThatCoverIt() throws Exception {
    MySqlSource source =
        source(
            "cuts",
            "CREATE TABLE even (id BIGINT UNSIGNED PRIMARY KEY, n INT)",
            "CREATE TABLE sparse (id BIGINT PRIMARY KEY, n INT)",
            "CREATE TABLE pair (a INT, b VARCHAR(20), n INT, PRIMARY KEY (a, b))",
            "CREATE TABLE word (w VARCHAR(20) PRIMARY KEY, n INT)",
            "CREATE TABLE raw (w VARBINARY(20), d DATE, n INT, PRIMARY KEY (w, d))",
            "CREATE TABLE uniq (w CHAR(20) NOT NULL, n INT, UNIQUE KEY by_w (w))",
            "INSERT INTO even WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s"
                + " WHERE i < 900) SELECT 18446744073709550000 + i, i FROM s",
            "INSERT INTO sparse SELECT CAST(n AS SIGNED) * 1000 - 400000, n FROM even",
            "INSERT INTO pair SELECT n DIV 100, CONCAT('x', n), n FROM even",
            "INSERT INTO word SELECT CONCAT(CHAR(97 + n % 26), IF(n % 2, 'É', 'e'), n), n FROM"
                + " even",
            "INSERT INTO raw SELECT CHAR(n % 256, n % 7), DATE'2020-01-01' + INTERVAL n DAY, n"
                + " FROM even",
            "INSERT INTO uniq SELECT CONCAT(IF(n % 2, 'a', 'B'), n), n FROM even");
    try (SourceControl control = source.openControl(1)) {
      for (Table table : control.tables()) {
        List<KeyRange> ranges = ranges(control.chunkPlanner(), table, 100);
        assertThat(ranges).as("chunks of %s", table).hasSizeBetween(7, 12);
        try (SnapshotSession session = source.openSession(1, Optional.empty(), List.of(table))) {
          int rows = 0;
          int field = table.columns().size() - 1;
          java.util.Set<String> seen = new java.util.HashSet<>();
          for (KeyRange range : ranges) {
            List<Row> chunk = read(session, table, range);
            assertThat(chunk.size()).as("chunk of %s", table).isLessThanOrEqualTo(210);
            rows += chunk.size();
            seen.addAll(texts(chunk, field));
          }
          assertThat(rows).isEqualTo(900);
          assertThat(seen).hasSize(900);
        }
      }
    }
  }

  /** Of 192 rows of a megabyte each, a chunk has about 128, although it might have a thousand. */
  @Test
  void cutsWideRowsByTheirSize() throws Exception {
    MySqlSource source =
        source("wide", "CREATE TABLE w (id INT PRIMARY KEY, v LONGTEXT CHARACTER SET latin1)");
    try (Connection connection = server().connect("wide");
        Statement statement = connection.createStatement()) {
      statement.execute("SET SESSION sql_log_bin = 0");
      statement.execute(
          "INSERT INTO w WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
              + " WHERE i < 192) SELECT i, repeat('x', 1 << 20) FROM n");
      statement.execute("ANALYZE TABLE w");
    }
    Table table = table(source, "w");
    try (SourceControl control = source.openControl(1);
        SnapshotSession session = source.openSession(1, Optional.empty(), List.of(table))) {
      List<Long> counts = new ArrayList<>();
      for (KeyRange range : ranges(control.chunkPlanner(), table, 1000)) {
        counts.add(session.read(table, range, (bytes, length) -> {}));
      }
      assertThat(counts).hasSizeBetween(2, 4).allMatch(count -> count <= 150);
      assertThat(counts.stream().mapToLong(Long::longValue).sum()).isEqualTo(192);
    } finally {
      server().execute("", "DROP DATABASE wide");
    }
  }

  private static List<KeyRange> ranges(ChunkPlanner planner, Table table, long rows) {
    List<KeyRange> ranges = new ArrayList<>();
    Optional<Key> from = Optional.empty();
    while (true) {
      Optional<Key> to = planner.nextBoundary(table, from, Optional.empty(), rows);
      ranges.add(KeyRange.between(from, to));
      if (to.isEmpty()) {
        return ranges;
      }
      from = to;
    }
  }

  @Test
  void locatesKeysInTheDatabasesOwnOrder() throws Exception {
    MySqlSource source =
        source(
            "places",
            "CREATE TABLE n (id BIGINT UNSIGNED PRIMARY KEY)",
            "CREATE TABLE w (a VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci,"
                + " b TIME(2), PRIMARY KEY (a, b))");
    Table n = table(source, "n");
    Table w = table(source, "w");
    try (SourceLookup lookup = source.openLookup(1, List.of(n, w))) {
      assertThat(
              lookup.locate(
                  n,
                  List.of(key("9"), key("10"), key("18446744073709551615"), key("11")),
                  List.of(key("10"), key("18446744073709551614"))))
          .containsExactly(0, 1, 2, 1);
      assertThat(
              lookup.locate(
                  w,
                  List.of(
                      key("A", "00:00:00.00"),
                      key("b", "-10:00:00.00"),
                      key("B", "09:00:00.00"),
                      key("B", "100:00:00.00"),
                      key("é", "00:00:00.00")),
                  List.of(key("b", "-09:00:00.00"), key("B", "10:00:00.00"), key("E", "00:00:00"))))
          .containsExactly(0, 0, 1, 2, 3);
    }
  }

  @Test
  void tellsWhereAutoIncrementStands() throws Exception {
    MySqlSource source =
        source(
            "seqs",
            "CREATE TABLE s (id INT AUTO_INCREMENT PRIMARY KEY, n INT)",
            "CREATE TABLE plain (id INT PRIMARY KEY)",
            "INSERT INTO s (n) VALUES (1), (2), (3)",
            "DELETE FROM s");
    Table table = table(source, "s");
    try (SourceLookup lookup = source.openLookup(1, List.of(table, table(source, "plain")))) {
      assertThat(lookup.sequences())
          .containsExactly(new SequenceValue(new TableId("seqs", "s"), 4, false));
    }
  }

  @Test
  void aLaterEpochEndsTheSessionsOfAnEarlierOne() throws Exception {
    MySqlSource source = source("expel", "CREATE TABLE t (id INT PRIMARY KEY)");
    Table table = table(source, "t");
    SnapshotSession former = source.openSession(1, Optional.empty(), List.of(table));
    assertThat(source.remains().sessions()).hasSize(1);
    try (SourceControl first = source.openControl(1)) {
      assertThatThrownBy(first::requireNoLog).hasMessageContaining("another name");
    }
    try (SourceControl later = source.openControl(1 + Ledger.EPOCH_STRIDE)) {
      later.expelFormerSessions();
      later.requireNoLog();
      assertThat(later.tables()).hasSize(1);
      assertThatThrownBy(() -> read(former, table, KeyRange.everything()))
          .isInstanceOf(io.tidemark.database.DatabaseException.class);
    }
    former.close();
    assertThat(source.remains().sessions()).isEmpty();
    assertThat(source.remains().parts()).isEmpty();
  }

  /** A stream of the same name in another ledger has its own epochs, also if begun just before. */
  @Test
  void sessionsOfAnotherStreamOfTheSameNameAreNotEnded() throws Exception {
    MySqlSource source = source("twin", "CREATE TABLE t (id INT PRIMARY KEY)");
    Table table = table(source, "t");
    try (SnapshotSession newer =
            source.openSession(1002 + Ledger.EPOCH_STRIDE, Optional.empty(), List.of(table));
        SourceControl stalled = source.openControl(1002)) {
      stalled.expelFormerSessions();
      assertThat(read(newer, table, KeyRange.everything())).isEmpty();
    }
    try (SnapshotSession other = source.openSession(1000, Optional.empty(), List.of(table))) {
      long soonAfter = 1040 + 3 * Ledger.EPOCH_STRIDE;
      for (long epoch : new long[] {1000, 900, 9000, soonAfter, 2_000_000}) {
        try (SourceControl control = source.openControl(epoch)) {
          assertThatThrownBy(control::expelFormerSessions)
              .isInstanceOfSatisfying(
                  io.tidemark.database.DatabaseException.class,
                  e ->
                      assertThat(e.kind())
                          .isEqualTo(io.tidemark.database.DatabaseException.Kind.FATAL))
              .hasMessageContaining("a job of the same name copies to another target");
        }
      }
      assertThat(read(other, table, KeyRange.everything())).isEmpty();
    }
  }

  @Test
  void noticesThatTheLogIsGone() throws Exception {
    MySqlSource source =
        source(
            "purging",
            // MariaDB keeps a file of the log for as long as what it holds is not on disk.
            "SET GLOBAL innodb_flush_log_at_trx_commit = 1",
            "CREATE TABLE t (id INT PRIMARY KEY)",
            "INSERT INTO t VALUES (1)");
    try (SourceControl control = source.openControl(1)) {
      var start = control.createLog();
      assertThat(start.pending()).isEmpty();
      assertThat(control.requireLog(start.position(), SourceMemory.NONE).pending()).isEmpty();
      server.execute("purging", "INSERT INTO t VALUES (2)", "FLUSH BINARY LOGS");
      assertThat(control.bytesBehind(start.position())).isPositive();
      server.execute("purging", "INSERT INTO t VALUES (3)");
      assertThat(control.requireLog(start.position(), SourceMemory.NONE).pending()).isEmpty();
      List<String> files = new ArrayList<>();
      try (Connection connection = server.connect("");
          Statement statement = connection.createStatement();
          var rows = statement.executeQuery("SHOW BINARY LOGS")) {
        while (rows.next()) {
          files.add(rows.getString(1));
        }
      }
      server.execute("purging", "PURGE BINARY LOGS TO '" + files.get(files.size() - 1) + "'");
      assertThatThrownBy(() -> control.requireLog(start.position(), SourceMemory.NONE))
          .hasMessageContaining("purged")
          .hasMessageContaining("drop the stream");
      assertThat(control.requireLog(start(source), SourceMemory.NONE).pending()).isEmpty();
    }
  }

  @Test
  void describesTablesInPortableTerms() throws Exception {
    MySqlSource source =
        source(
            "descr",
            "CREATE TABLE p (id INT AUTO_INCREMENT PRIMARY KEY, `od``d` VARCHAR(10) NOT NULL"
                + " DEFAULT 'it''s', at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),"
                + " n DECIMAL(5,2) DEFAULT 1.50, f BIT(4) DEFAULT b'101', x INT,"
                + " UNIQUE KEY u (`od``d`, n), KEY part (`od``d`(3)))",
            "CREATE TABLE c (id INT PRIMARY KEY, p INT, FOREIGN KEY fk (p) REFERENCES p (id)"
                + " ON DELETE SET NULL)");
    var portable = source.describe().portable();
    var tables = new HashMap<String, io.tidemark.database.PortableSchema.TableDefinition>();
    portable.tables().forEach(table -> tables.put(table.id().name(), table));
    var p = tables.get("p");
    assertThat(p.primaryKey()).containsExactly("id");
    assertThat(p.columns().get(0).automatic()).isTrue();
    assertThat(p.columns().stream().map(column -> column.defaultValue().toString()))
        .containsExactly(
            "NONE",
            "Literal[text=it's]",
            "CURRENT_TIMESTAMP",
            "Literal[text=1.50]",
            "Literal[text=0101]",
            "NONE");
    assertThat(p.indexes()).hasSize(1);
    assertThat(p.indexes().get(0).unique()).isTrue();
    assertThat(portable.notes()).anyMatch(note -> note.contains("part"));
    assertThat(tables.get("c").foreignKeys()).hasSize(1);
    assertThat(tables.get("c").foreignKeys().get(0).onDelete().name()).isEqualTo("SET_NULL");
    assertThat(source.describe().tables().get(0).createStatement()).startsWith("CREATE TABLE");
  }

  static KeyRange range(String from, String to) {
    return KeyRange.between(Optional.of(key(from)), Optional.of(key(to)));
  }

  static Key key(String... values) {
    return new Key(List.of(values));
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
