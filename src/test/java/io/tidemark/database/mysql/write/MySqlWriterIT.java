package io.tidemark.database.mysql.write;

import static io.tidemark.database.mysql.write.PortableTestRows.ABSENT;
import static io.tidemark.database.mysql.write.PortableTestRows.chunk;
import static io.tidemark.database.mysql.write.PortableTestRows.hex;
import static io.tidemark.database.mysql.write.PortableTestRows.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.PortableRows;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.change.SequenceValue;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.TargetWriter;
import io.tidemark.database.TargetWriter.RowBatch;
import io.tidemark.database.TargetWriter.UniqueConflictException;
import io.tidemark.database.mysql.MySqlTarget;
import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.MySqlSessions;
import io.tidemark.endtoend.fixture.Await;
import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class MySqlWriterIT {

  @Nested
  class AtMySql extends OnServer {
    AtMySql(@MySql MySqlServer server) {
      super(server);
    }
  }

  @Nested
  class AtMariaDb extends OnServer {
    AtMariaDb(@MariaDb MySqlServer server) {
      super(server);
    }
  }

  abstract static class OnServer {

    private final MySqlServer server;
    private TargetWriter writer;

    OnServer(MySqlServer server) {
      this.server = server;
    }

    private static final String WAITING =
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST"
            + " WHERE STATE = 'Waiting for table metadata lock'";

    @BeforeEach
    void open() throws SQLException {
      server.execute(
          "",
          "DROP DATABASE IF EXISTS w",
          "CREATE DATABASE w CHARACTER SET utf8mb4",
          "SET GLOBAL local_infile = 1");
      writer = target(OnBadValue.ERROR).openWriter("tidemark:test:1:write-0");
    }

    @AfterEach
    void close() {
      writer.close();
    }

    @Test
    void appliesDeletesUpdatesAndInsertsAsSets() throws Exception {
      run(
          "CREATE TABLE w.t (a int, b varchar(10) COLLATE utf8mb4_bin, c text,"
              + " d int NOT NULL, PRIMARY KEY (a, b))",
          "INSERT INTO w.t VALUES (1, 'x', 'one', 1), (2, 'x', 'two', 2), (3, 'x', 'three', 3),"
              + " (3, 'X', 'kept', 0)");
      Table table = table("t", "a,b");
      writer.apply(
          new RowBatch(
              table,
              List.of(row("1", "x", ABSENT, ABSENT)),
              List.of(row("2", "x", null, "5"), row("3", "x", ABSENT, "7")),
              List.of(row("4", "", "it's \\ a \"{brace}\" \0?;", "0"), row("5", "ü😀", "", "0"))));
      writer.commit();
      assertThat(query("SELECT a, b, c, d FROM w.t ORDER BY a, b"))
          .containsExactly(
              "2|x|null|5",
              "3|X|kept|0",
              "3|x|three|7",
              "4||it's \\ a \"{brace}\" \0?;|0",
              "5|ü😀||0");
    }

    /** A catalog may leave a table or its keys out while an ALTER TABLE puts it into its place. */
    @Test
    void aTableIsFoundWithItsKeyWhileItIsAltered() throws Exception {
      run(
          "CREATE TABLE w.t (a int PRIMARY KEY, b varchar(10), c text, d int)",
          "INSERT INTO w.t VALUES (1, 'x', 'one', 0)");
      Table table = table("t", "a");
      AtomicBoolean stopped = new AtomicBoolean();
      AtomicInteger altered = new AtomicInteger();
      CompletableFuture<Void> altering =
          CompletableFuture.runAsync(
              () -> {
                try {
                  while (!stopped.get()) {
                    run("ALTER TABLE w.t ADD INDEX i (d)", "ALTER TABLE w.t DROP INDEX i");
                    altered.incrementAndGet();
                  }
                } catch (SQLException e) {
                  throw new IllegalStateException(e);
                }
              });
      try {
        for (int i = 1; i <= 100 || altered.get() < 20; i++) {
          assertThat(altering).isNotDone();
          reopen(OnBadValue.ERROR, true);
          writer.apply(
              new RowBatch(
                  table,
                  List.of(),
                  List.of(row("1", ABSENT, ABSENT, Integer.toString(i))),
                  List.of()));
          writer.commit();
        }
      } finally {
        stopped.set(true);
        altering.join();
      }
    }

    /** What one row sets must not change what is read from another one's text. */
    @Test
    void rowsOfWhichTheSameColumnsAreKnownAreChangedTogetherAndExactly() throws Exception {
      run(
          "CREATE TABLE w.parts (id bigint unsigned PRIMARY KEY, kept text NOT NULL,"
              + " d decimal(65,30), r double, f float, i bigint, n text CHARACTER SET latin1,"
              + " at datetime(6), label enum('a','b'), j json, b bit(64), raw varbinary(9))",
          "INSERT INTO w.parts (id, kept) VALUES (1, 'x'), (18446744073709551615, 'y'), (3, 'z')");
      Table table = table("parts", "id");
      String small = "0." + "0".repeat(29) + "1";
      String large = "1" + "0".repeat(34) + ".5";
      String ones = "1".repeat(64);
      writer.apply(
          new RowBatch(
              table,
              List.of(),
              List.of(
                  row(
                      "1",
                      ABSENT,
                      small,
                      "1.7976931348623157E308",
                      "0.1",
                      "-9223372036854775808",
                      "1.50",
                      "2026-01-02 03:04:05.678901",
                      "b",
                      "{\"n\": 1.50}",
                      ones,
                      hex("00ff")),
                  row(
                      "18446744073709551615",
                      ABSENT,
                      large,
                      "0.1",
                      "16777216",
                      "9223372036854775807",
                      "ü",
                      "1000-01-01 00:00:00.000000",
                      "a",
                      "[]",
                      "0".repeat(63) + "1",
                      hex("")),
                  row("3", ABSENT, null, "5E-324", null, null, null, null, null, null, null, null)),
              List.of()));
      writer.commit();
      assertThat(
              query(
                  "SELECT id, kept, CAST(d AS char), r = 1.7976931348623157E308,"
                      + " CAST(f AS char), i, n, CAST(at AS char), label, CAST(j AS char), BIN(b), HEX(raw) FROM w.parts ORDER BY kept"))
          .containsExactly(
              "1|x|"
                  + small
                  + "|1|0.1|-9223372036854775808|1.50|2026-01-02 03:04:05.678901|b|{\"n\": "
                  + (server.vendor() == MySqlVendor.MYSQL ? "1.5" : "1.50")
                  + "}|"
                  + ones
                  + "|00FF",
              "18446744073709551615|y|"
                  + large
                  + "0".repeat(29)
                  + "|0|16777200|9223372036854775807|ü|1000-01-01 00:00:00.000000|a|[]|1|",
              "3|z|null|0|null|null|null|null|null|null|null|null");
      assertThat(query("SELECT r = 5E-324, f IS NULL FROM w.parts WHERE id = 3"))
          .containsExactly("1|1");
      assertThat(query("SELECT r = 0.1e0, f = 16777216 FROM w.parts WHERE kept = 'y'"))
          .containsExactly("1|1");
      RowBatch refused =
          new RowBatch(
              table,
              List.of(),
              List.of(
                  row("1", ABSENT, small, "1", "1", "1", ABSENT, ABSENT, "b", "1", ones, hex("")),
                  row("7", ABSENT, small, "1", "1", "1", ABSENT, ABSENT, "b", "1", ones, hex(""))),
              List.of());
      assertThatThrownBy(() -> writer.apply(refused))
          .isInstanceOfSatisfying(
              DatabaseException.class,
              e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.DATA));
    }

    /** A statement for each of them takes minutes. */
    @Test
    void manyRowsThatAreKnownInPartTakeFewStatements() throws Exception {
      run(
          "CREATE TABLE w.many (k varchar(20) COLLATE utf8mb4_bin PRIMARY KEY, kept text, n int)",
          "CREATE TABLE w.digit (n int)",
          "INSERT INTO w.digit VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)",
          "INSERT INTO w.many SELECT CONCAT('k', a.n, b.n, c.n, d.n), 'kept', 0"
              + " FROM w.digit a, w.digit b, w.digit c, w.digit d");
      Table table = table("many", "k");
      List<Row> rows = new ArrayList<>();
      for (int i = 0; i < 10_000; i++) {
        rows.add(row("k%04d".formatted(i), ABSENT, String.valueOf(i)));
      }
      long before = updates();
      writer.apply(new RowBatch(table, List.of(), rows, List.of()));
      writer.commit();
      assertThat(updates() - before).isLessThanOrEqualTo(10_000 / MySqlWriter.MAX_ROWS);
      assertThat(query("SELECT COUNT(*), SUM(n), MIN(kept) FROM w.many"))
          .containsExactly("10000|49995000|kept");
    }

    @Test
    void rowsThatAreTooWideForADerivedTableAreChangedAllTheSame() throws Exception {
      int width = 120;
      String columns =
          java.util.stream.IntStream.range(0, width)
              .mapToObj(i -> ", c" + i + " text")
              .collect(java.util.stream.Collectors.joining());
      run(
          "CREATE TABLE w.wide (id int PRIMARY KEY, kept text" + columns + ")",
          "INSERT INTO w.wide (id, kept) VALUES (1, 'kept'), (2, 'kept')");
      Table table = table("wide", "id");
      List<Row> rows = new ArrayList<>();
      for (String id : List.of("1", "2")) {
        Object[] values = new Object[width + 2];
        java.util.Arrays.fill(values, "ü".repeat(500));
        values[0] = id;
        values[1] = ABSENT;
        rows.add(row(values));
      }
      writer.apply(new RowBatch(table, List.of(), rows, List.of()));
      writer.commit();
      assertThat(query("SELECT id, kept, CHAR_LENGTH(c0), CHAR_LENGTH(c119) FROM w.wide"))
          .containsExactly("1|kept|500|500", "2|kept|500|500");
    }

    private long updates() throws SQLException {
      return query("SHOW GLOBAL STATUS LIKE 'Com_update%'").stream()
          .mapToLong(line -> Long.parseLong(line.split("[|]")[1]))
          .sum();
    }

    @Test
    void whatMayHaveComeWithTheCopyExpectsNothing() throws Exception {
      run(
          "CREATE TABLE w.t (a int PRIMARY KEY, b text)",
          "INSERT INTO w.t VALUES (1, 'old'), (2, 'old'), (3, 'old'), (5, 'old')");
      Table table = table("t", "a");
      writer.apply(
          new RowBatch(
              table,
              List.of(row("1", "new"), row("2", ABSENT), row("8", ABSENT), row("9", "new")),
              List.of(row("3", ABSENT)),
              List.of(),
              List.of(row("1", "new"), row("9", "new"))));
      writer.applySingly(new RowChange.Put(table, row("5", "newer")));
      writer.applySingly(new RowChange.Put(table, row("6", "newer")));
      writer.applySingly(new RowChange.Remove(table, row("9", ABSENT)));
      writer.applySingly(new RowChange.Remove(table, row("77", ABSENT)));
      writer.commit();
      assertThat(query("SELECT a, b FROM w.t ORDER BY a"))
          .containsExactly("1|new", "5|newer", "6|newer");
    }

    @Test
    void aMissingRowIsAnErrorThatNamesItsKey() throws Exception {
      run("CREATE TABLE w.t (a int PRIMARY KEY, b text)", "INSERT INTO w.t VALUES (1, 'x')");
      Table table = table("t", "a");
      RowBatch batch =
          new RowBatch(table, List.of(), List.of(row("1", "x"), row("77", "secret")), List.of());
      assertThatThrownBy(() -> writer.apply(batch))
          .isInstanceOfSatisfying(
              DatabaseException.class,
              e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.DATA))
          .hasMessageContaining("w.t");
      writer.rollback();
      for (RowChange change :
          List.of(
              new RowChange.Delete(table, row("78", ABSENT)),
              new RowChange.Update(table, Optional.empty(), row("78", "secret")),
              new RowChange.Update(table, Optional.empty(), row("78", ABSENT)))) {
        assertThatThrownBy(() -> writer.applySingly(change))
            .hasMessageContaining("(78)")
            .hasMessageNotContaining("secret");
      }
      // What is there and stays as it is was found all the same.
      writer.apply(new RowBatch(table, List.of(), List.of(row("1", "x")), List.of()));
      writer.applySingly(new RowChange.Update(table, Optional.empty(), row("1", "x")));
      assertThatThrownBy(
              () ->
                  writer.apply(
                      new RowBatch(table, List.of(), List.of(row("9", ABSENT)), List.of())))
          .hasMessageContaining("(9)");
      assertThatThrownBy(
              () ->
                  writer.apply(
                      new RowBatch(
                          table,
                          List.of(row("1", ABSENT), row("79", ABSENT)),
                          List.of(),
                          List.of())))
          .isInstanceOf(DatabaseException.class);
    }

    @Test
    void aRefusedValueIsNamedByKeyAndColumnAndNotShown() throws Exception {
      run(
          "CREATE TABLE w.t (a int PRIMARY KEY, b varchar(9) NOT NULL, c varchar(3), d varchar(9)"
              + " CHARACTER SET latin1)");
      Table table = table("t", "a");
      Table wider =
          new Table(
              table.id(),
              List.of(
                  table.columns().get(0),
                  table.columns().get(1),
                  table.columns().get(2),
                  new Column("d", "text", true, new ValueType.Text(100, false))),
              table.key());
      assertRefused(wider, row("1", "x", "x", "secret😀"), "key (1), column d");
      assertRefused(table, row("2", null, "x", "1"), "key (2), column b");
      assertRefused(table, row("3", "x", "secret", "1"), "key (3), column c");
      for (boolean local : List.of(true, false)) {
        reopen(OnBadValue.ERROR, local);
        for (Row bad : List.of(row("2", null, "x", "1"), row("2", "x", "x", "secret😀"))) {
          assertThatThrownBy(() -> load(wider, List.of(row("1", "x", "x", "1"), bad)))
              .isInstanceOf(DatabaseException.class)
              .hasMessageContaining(local ? "key (2)" : "w.t")
              .satisfies(e -> assertThat(allMessages(e)).doesNotContain("secret"));
          writer.rollback();
        }
      }
    }

    private void assertRefused(Table table, Row row, String place) throws SQLException {
      assertThatThrownBy(() -> writer.applySingly(new RowChange.Insert(table, row)))
          .isInstanceOfSatisfying(
              DatabaseException.class,
              e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.DATA))
          .hasMessageContaining(place)
          .satisfies(e -> assertThat(allMessages(e)).doesNotContain("secret"));
      writer.rollback();
    }

    @Test
    void aSwapOfUniqueValuesConflictsAsASetAndGoesThroughSingly() throws Exception {
      run(
          "CREATE TABLE w.t (a int PRIMARY KEY, u int, UNIQUE (u))",
          "INSERT INTO w.t VALUES (1, 10), (2, 20)");
      Table table = table("t", "a");
      assertThatThrownBy(
              () ->
                  writer.apply(
                      new RowBatch(
                          table, List.of(), List.of(row("1", "20"), row("2", "10")), List.of())))
          .isInstanceOf(UniqueConflictException.class);
      writer.rollback();
      for (Row row : List.of(row("1", "30"), row("2", "10"), row("1", "20"))) {
        writer.applySingly(new RowChange.Update(table, Optional.empty(), row));
      }
      writer.commit();
      assertThat(query("SELECT a, u FROM w.t ORDER BY a")).containsExactly("1|20", "2|10");
      assertThatThrownBy(
              () ->
                  writer.apply(new RowBatch(table, List.of(), List.of(), List.of(row("1", "50")))))
          .isInstanceOf(UniqueConflictException.class);
    }

    /**
     * What the server would take for something else, each way of writing for something of its own.
     */
    @Test
    void aColumnThatWouldChangeValuesIsNotWrittenTo() throws Exception {
      Column key = new Column("a", "integer", false, new ValueType.Int(32, false));
      List<Map.Entry<ValueType, String>> pairs =
          List.of(
              Map.entry(ValueType.Plain.BOOLEAN, "bit(8)"),
              Map.entry(new ValueType.Int(32, false), "bit(8)"),
              Map.entry(new ValueType.Int(32, false), "year"),
              Map.entry(new ValueType.Int(64, false), "double"),
              Map.entry(new ValueType.Real(64), "int"),
              Map.entry(new ValueType.Real(64), "decimal(5,0)"),
              Map.entry(new ValueType.Real(64), "double(9,2)"),
              Map.entry(new ValueType.Text(9, false), "set('a','b')"),
              Map.entry(new ValueType.Text(9, false), "int"),
              Map.entry(new ValueType.Bits(4, false), "int"),
              Map.entry(new ValueType.Binary(9, false), "int"),
              Map.entry(new ValueType.Binary(9, false), "varchar(9)"));
      for (Map.Entry<ValueType, String> pair : pairs) {
        run(
            "DROP TABLE IF EXISTS w.t",
            "CREATE TABLE w.t (a int PRIMARY KEY, v %s)".formatted(pair.getValue()));
        reopen(OnBadValue.ERROR, true);
        Table table =
            new Table(
                new TableId("w", "t"),
                List.of(key, new Column("v", "the source's type", true, pair.getKey())),
                Optional.of(new PrimaryKey(List.of("a"))));
        assertThatThrownBy(() -> writer.applySingly(new RowChange.Insert(table, row("1", "1"))))
            .as(pair.toString())
            .isInstanceOfSatisfying(
                DatabaseException.class,
                e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.FATAL))
            .hasMessageContainingAll(
                "table w.t: column v is " + pair.getValue(), "the source's type");
        writer.rollback();
        assertThat(query("SELECT * FROM w.t")).isEmpty();
      }
    }

    /** The log of a source with short row images leaves out what an update did not change. */
    @Test
    void momentsThatTheServerWouldSetByItselfStay() throws Exception {
      String then = "2001-01-01 00:00:00";
      run(
          "CREATE TABLE w.t (a int PRIMARY KEY, b int, at timestamp NULL ON UPDATE"
              + " CURRENT_TIMESTAMP, d datetime ON UPDATE CURRENT_TIMESTAMP)",
          "INSERT INTO w.t VALUES (1, 1, '%1$s', '%1$s'), (2, 1, '%1$s', '%1$s'), (3, 1, '%1$s',"
                  .formatted(then)
              + " '%1$s'), (4, 1, NULL, NULL)".formatted(then));
      Table table = table("t", "a");
      writer.applySingly(
          new RowChange.Update(table, Optional.empty(), row("1", "10", ABSENT, ABSENT)));
      writer.apply(
          new RowBatch(
              table,
              List.of(),
              List.of(),
              List.of(
                  row("2", "20", ABSENT, ABSENT),
                  row("3", "30", ABSENT, ABSENT),
                  row("4", "40", ABSENT, "2002-02-02 00:00:00")),
              List.of()));
      writer.commit();
      assertThat(query("SELECT a, b, at, d FROM w.t ORDER BY a"))
          .containsExactly(
              "1|10|" + then + "|" + then,
              "2|20|" + then + "|" + then,
              "3|30|" + then + "|" + then,
              "4|40|null|2002-02-02 00:00:00");
    }

    @Test
    void aKeyChangesWithoutTheValuesThatTheLogLeftOut() throws Exception {
      run(
          "CREATE TABLE w.t (a int PRIMARY KEY, b text, c text)",
          "INSERT INTO w.t VALUES (1, 'b', 'large')");
      Table table = table("t", "a");
      writer.applySingly(
          new RowChange.Update(
              table, Optional.of(row("1", ABSENT, ABSENT)), row("2", "new", ABSENT)));
      writer.commit();
      assertThat(query("SELECT * FROM w.t")).containsExactly("2|new|large");
    }

    @Test
    void rowsWithoutKeyAreFoundByAllTheirValuesOneAtATime() throws Exception {
      run(
          "CREATE TABLE w.t (j json, v varchar(9), f float, d double, b varbinary(9), g geometry,"
              + " bt bit(9), e enum('a','b'), t timestamp(3) NULL, n decimal(9,2), y year, c"
              + " char(3))",
          "INSERT INTO w.t SELECT '{\"a\": 1}', 'Ab ', 0.1, 0.1, x'00ff', POINT(1, 2), 5, 'b',"
              + " '2020-01-01 00:00:00.5', 1.5, 2001, NULL FROM (SELECT 1 UNION ALL SELECT 2"
              + " UNION ALL SELECT 3) AS three",
          "INSERT INTO w.t SELECT j, 'ab ', f, d, b, g, bt, e, t, n, y, c FROM w.t LIMIT 1",
          "INSERT INTO w.t SELECT j, 'Ab', f, d, b, g, bt, e, t, n, y, c FROM w.t LIMIT 1");
      Table table = table("t", "");
      Object[] old = {
        "{\"a\": 1}",
        "Ab ",
        "0.1",
        "0.1",
        hex("00ff"),
        hex("000000000101000000000000000000f03f0000000000000040"),
        "000000101",
        "b",
        "2020-01-01 00:00:00.500",
        "1.50",
        "2001",
        null
      };
      writer.applySingly(new RowChange.Delete(table, row(old)));
      Object[] changed = old.clone();
      changed[1] = "new";
      changed[11] = "c";
      writer.applySingly(new RowChange.Update(table, Optional.of(row(old)), row(changed)));
      writer.commit();
      assertThat(query("SELECT v, c FROM w.t ORDER BY v COLLATE utf8mb4_bin, LENGTH(v)"))
          .containsExactlyInAnyOrder("Ab|null", "Ab |null", "ab |null", "new|c");
      writer.applySingly(new RowChange.Delete(table, row(old)));
      assertThatThrownBy(() -> writer.applySingly(new RowChange.Delete(table, row(old))))
          .hasMessageContaining("w.t");
    }

    @Test
    void rangesAreClearedInTheOrderOfTheKey() throws Exception {
      run(
          "CREATE TABLE w.t (a int, b varbinary(9), PRIMARY KEY (a, b))",
          "INSERT INTO w.t VALUES (1, 'a'), (1, 'b'), (2, 'a'), (2, 'b'), (2, 'c'), (3, 'a'),"
              + " (4, 'a')");
      Table table = table("t", "a,b");
      clear(table, KeyRange.between(Optional.of(key("1", "62")), Optional.of(key("2", "63"))));
      assertThat(query("SELECT a, CAST(b AS CHAR) FROM w.t ORDER BY a, b"))
          .containsExactly("1|a", "2|c", "3|a", "4|a");
      clear(table, KeyRange.Points.of(key("3", "61")));
      clear(table, KeyRange.between(Optional.of(key("3", "78")), Optional.empty()));
      assertThat(query("SELECT a FROM w.t ORDER BY a, b")).containsExactly("1", "2");
      clear(table, KeyRange.everything(), key("1", "61"), key("7", "61"));
      assertThat(query("SELECT a FROM w.t ORDER BY a, b")).containsExactly("1");
      writer.applySingly(new RowChange.Truncate(List.of(table)));
      writer.rollback();
      assertThat(query("SELECT a FROM w.t ORDER BY a, b")).containsExactly("1");
      writer.applySingly(new RowChange.Truncate(List.of(table)));
      writer.commit();
      assertThat(query("SELECT a FROM w.t")).isEmpty();
    }

    private void clear(Table table, KeyRange range, Key... spared) throws SQLException {
      writer.applySingly(new RowChange.Clear(table, range, List.of(spared)));
      writer.commit();
    }

    private static Key key(String... values) {
      return new Key(List.of(values));
    }

    @Test
    void aChunkTakesAllItsRowsOrNone() throws Exception {
      run(
          "CREATE TABLE w.t (a int AUTO_INCREMENT PRIMARY KEY, b varchar(20), g int AS"
              + " (LENGTH(b)))",
          "INSERT INTO w.t (a, b) VALUES (5, 'there')");
      Table table = table("t", "a");
      for (boolean local : List.of(true, false)) {
        reopen(OnBadValue.ERROR, local);
        assertThatThrownBy(() -> load(table, List.of(row("1", "x"), row("5", "y"))))
            .isInstanceOf(DatabaseException.class)
            .hasMessageContaining("w.t");
        writer.rollback();
        TargetWriter.ChunkLoad aborted = writer.beginChunk(table, PortableRows.FORMAT);
        byte[] bytes = chunk(List.of(row("1", "x")));
        aborted.write(bytes, bytes.length);
        aborted.abort();
        writer.rollback();
        assertThat(query("SELECT a FROM w.t")).containsExactly("5");
      }
      List<Row> rows = List.of(row("0", ""), row("-1", "a\tb\nc\\N"), row("2", null));
      assertThat(load(table, rows)).isEqualTo(3);
      writer.commit();
      assertThat(query("SELECT a, b, g FROM w.t ORDER BY a"))
          .containsExactly("-1|a\tb\nc\\N|7", "0||0", "2|null|null", "5|there|5");
    }

    @Test
    void aSingleEmptyTextIsARow() throws Exception {
      run("CREATE TABLE w.t (b varchar(20))");
      assertThat(load(table("t", ""), List.of(row(""), row((Object) null), row("")))).isEqualTo(3);
      writer.commit();
      assertThat(query("SELECT b FROM w.t")).containsExactlyInAnyOrder("", "null", "");
    }

    @Test
    void everyWayOfWritingGivesTheSameValues() throws Exception {
      String columns =
          "id int PRIMARY KEY, i8 tinyint, u8 tinyint unsigned, i24 mediumint, u64 bigint unsigned,"
              + " n decimal(65,30), f float, d double, bt bit(64), b1 bit(1), y year, da date,"
              + " ti time(6), dt datetime(6), ts timestamp(6) NULL, c char(5), v varchar(20),"
              + " l varchar(9) CHARACTER SET latin1, lt longtext, bi binary(3), vb varbinary(9),"
              + " lb longblob, e enum('x','y''z'), s set('p','q'), j json, g geometry,"
              + " al int AS (id * 2) STORED";
      for (String name : List.of("native", "loaded", "inserted", "listed", "changed", "singly")) {
        run("CREATE TABLE w." + name + " (" + columns + ")");
      }
      String point = "000000000101000000000000000000f03f0000000000000040";
      run(
          "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,ALLOW_INVALID_DATES', time_zone = '+00:00'",
          "INSERT INTO w.native"
              + " (id,i8,u8,i24,u64,n,f,d,bt,b1,y,da,ti,dt,ts,c,v,l,lt,bi,vb,lb,e,s,j,g) VALUES (1,"
              + " -128, 255, -8388608, 18446744073709551615,"
              + " -99999999999999999999999999999999999.999999999999999999999999999999,"
              + " 3.4028234663852886E38, 1.7976931348623157E308, b'"
              + "1".repeat(64)
              + "', b'1', 0, '0000-00-00', '-838:59:59.000000', '9999-12-31 23:59:59.999999',"
              + " '2038-01-19 03:14:07.999999', 'ab', 'ü😀\\'\\\\\\0\\t\\n"
              + "', 'ü', '', x'000102', x'', x'00ff0a095c27', 'y''z', 'p,q', '{\"a\": [1, \"ü\"]}',"
              + " x'"
              + point
              + "'), (2, 127, 0, 8388607, 0, 0.000000000000000000000000000001,"
              + " 1.401298464324817E-45, 4.9E-324, b'0', b'0', 2155, '9999-12-31',"
              + " '838:59:59.000000', '0000-00-00 00:00:00', '1970-01-01 00:00:01', '', '', '', ' a"
              + " ', x'616200', x'20', NULL, 'x', '', '[]', NULL)");
      List<Row> rows =
          List.of(
              row(
                  "1",
                  "-128",
                  "255",
                  "-8388608",
                  "18446744073709551615",
                  "-99999999999999999999999999999999999.999999999999999999999999999999",
                  "3.4028235E38",
                  "1.7976931348623157E308",
                  "1".repeat(64),
                  "1",
                  "0000",
                  "0000-00-00",
                  "-838:59:59.000000",
                  "9999-12-31 23:59:59.999999",
                  "2038-01-19 03:14:07.999999",
                  "ab",
                  "ü😀'\\\0\t\n",
                  "ü",
                  "",
                  hex("000102"),
                  hex(""),
                  hex("00ff0a095c27"),
                  "y'z",
                  "p,q",
                  "{\"a\": [1, \"ü\"]}",
                  hex(point)),
              row(
                  "2",
                  "127",
                  "0",
                  "8388607",
                  "0",
                  "0.000000000000000000000000000001",
                  "1.4E-45",
                  "4.9E-324",
                  "0".repeat(64),
                  "0",
                  "2155",
                  "9999-12-31",
                  "838:59:59.000000",
                  "0000-00-00 00:00:00.000000",
                  "1970-01-01 00:00:01.000000",
                  "",
                  "",
                  "",
                  " a ",
                  hex("616200"),
                  hex("20"),
                  null,
                  "x",
                  "",
                  "[]",
                  null));
      assertThat(load(table("loaded", "id"), rows)).isEqualTo(2);
      writer.apply(new RowBatch(table("inserted", "id"), List.of(), List.of(), rows));
      writer.commit();
      run(
          "INSERT INTO w.changed (id) VALUES (1), (2)",
          "INSERT INTO w.singly (id) VALUES (1), (2)");
      writer.apply(new RowBatch(table("changed", "id"), List.of(), rows, List.of()));
      for (Row row : rows) {
        writer.applySingly(new RowChange.Update(table("singly", "id"), Optional.empty(), row));
      }
      writer.commit();
      reopen(OnBadValue.ERROR, false);
      assertThat(load(table("listed", "id"), rows)).isEqualTo(2);
      writer.commit();
      String wanted = checksum("native");
      for (String name : List.of("loaded", "inserted", "listed", "changed", "singly")) {
        assertThat(checksum(name)).as(name).isEqualTo(wanted);
        assertThat(query("SELECT HEX(ti), f, dt, ts, v, HEX(g), y + 0, al FROM w." + name))
            .isEqualTo(query("SELECT HEX(ti), f, dt, ts, v, HEX(g), y + 0, al FROM w.native"));
      }
    }

    private String checksum(String name) throws SQLException {
      return query("CHECKSUM TABLE w." + name).get(0).split("\\|")[1];
    }

    @Test
    void floatsKeepEveryBit() throws Exception {
      run("CREATE TABLE w.t (a int PRIMARY KEY, f float, d double)");
      Random random = new Random(7);
      List<Row> rows = new ArrayList<>();
      List<String> wanted = new ArrayList<>();
      for (int i = 0; i < 2000; i++) {
        float f = Float.intBitsToFloat(random.nextInt());
        double d = Double.longBitsToDouble(random.nextLong());
        if (Float.isFinite(f) && Double.isFinite(d)) {
          rows.add(row("" + i, Float.toString(f), Double.toString(d)));
          wanted.add(Float.toString(f) + "|" + d);
        }
      }
      load(table("t", "a"), rows);
      writer.commit();
      List<String> found = new ArrayList<>();
      try (Connection connection = server.connect("w");
          Statement statement = connection.createStatement();
          ResultSet read = statement.executeQuery("SELECT f + 0e0, d FROM t ORDER BY a")) {
        while (read.next()) {
          found.add((float) read.getDouble(1) + "|" + read.getDouble(2));
        }
      }
      assertThat(found).isEqualTo(wanted);
    }

    @Test
    void aValueThatTheColumnCannotHoldIsAnErrorOrNull() throws Exception {
      run(
          "CREATE TABLE w.t (a int PRIMARY KEY, r double, n decimal(5,2), d date, t datetime(3),"
              + " i smallint NOT NULL)");
      List<Column> columns =
          List.of(
              new Column("a", "integer", false, new ValueType.Int(32, false)),
              new Column("r", "double precision", true, new ValueType.Real(64)),
              new Column("n", "numeric", true, ValueType.Plain.NUMBER),
              new Column("d", "date", true, ValueType.Plain.DATE),
              new Column("t", "timestamp", true, new ValueType.Timestamp(6, false)),
              new Column("i", "integer", false, new ValueType.Int(32, false)));
      Table table =
          new Table(new TableId("w", "t"), columns, Optional.of(new PrimaryKey(List.of("a"))));
      Object[] good = {"1", "1.5", "1.50000", "2020-01-01", "2020-01-01 00:00:00.123000", "7"};
      Map<Integer, List<String>> bad =
          Map.of(
              1, List.of("NaN", "Infinity", "-Infinity"),
              2, List.of("NaN", "-Infinity", "1000.00", "1.001"),
              3, List.of("infinity", "0044-03-15 BC", "10000-01-01", "-infinity"),
              4,
                  List.of(
                      "infinity", "2020-01-01 00:00:00.123456", "0044-03-15 00:00:00.000000 BC"));
      writer.applySingly(new RowChange.Insert(table, row(good)));
      for (var column : bad.entrySet()) {
        for (String value : column.getValue()) {
          Object[] values = good.clone();
          values[column.getKey()] = value;
          String name = columns.get(column.getKey()).name();
          assertThatThrownBy(() -> writer.applySingly(new RowChange.Insert(table, row(values))))
              .hasMessageContaining("key (1), column " + name);
          assertThatThrownBy(() -> load(table, List.of(row(values))))
              .hasMessageContaining("key (1), column " + name);
        }
      }
      writer.rollback();
      reopen(OnBadValue.NULL, true);
      load(table, List.of(row("1", "NaN", "NaN", "infinity", "infinity", "1")));
      writer.apply(
          new RowBatch(
              table,
              List.of(),
              List.of(),
              List.of(row("2", "Infinity", "NaN", "infinity", "infinity", "2"))));
      writer.commit();
    }

    @Test
    void theErrorValueOfAnEnumerationTravels() throws Exception {
      run("CREATE TABLE w.t (a int PRIMARY KEY, e enum('x','y'), v varchar(3))");
      Table table = table("t", "a");
      load(table, List.of(row("1", "", "x"), row("2", "x", "x")));
      writer.apply(
          new RowBatch(table, List.of(), List.of(row("2", "", "y")), List.of(row("3", "", "z"))));
      writer.commit();
      assertThat(query("SELECT a, CAST(e AS UNSIGNED), v FROM w.t ORDER BY a"))
          .containsExactly("1|0|x", "2|0|y", "3|0|z");
      assertRefused(table, row("4", "", "secret"), "key (4)");
      assertRefused(table, row("3", "", "dup"), "w.t");
    }

    @Test
    void manyRowsGoThroughEveryStatement() throws Exception {
      run(
          "CREATE TABLE w.t (a int, b varchar(20), c varchar(200), PRIMARY KEY (a, b))",
          "CREATE TABLE w.s (a varchar(20) PRIMARY KEY, c varchar(200))");
      for (Table table : List.of(table("t", "a,b"), table("s", "a"))) {
        List<Row> rows = new ArrayList<>();
        List<Row> changed = new ArrayList<>();
        List<Row> parts = new ArrayList<>();
        boolean two = table.columns().size() == 3;
        for (int i = 0; i < 5000; i++) {
          rows.add(two ? row("" + i, "k", "v".repeat(100)) : row("" + i, "v".repeat(100)));
          changed.add(two ? row("" + i, "k", "w" + i) : row("" + i, "w" + i));
          parts.add(two ? row("" + i, "k", "z") : row("" + i, "z"));
        }
        writer.apply(new RowBatch(table, List.of(), List.of(), rows));
        writer.apply(new RowBatch(table, List.of(), changed, List.of()));
        writer.apply(new RowBatch(table, rows, List.of(), List.of()));
        writer.apply(new RowBatch(table, List.of(), List.of(), parts));
        writer.commit();
        assertThat(query("SELECT COUNT(*) FROM w." + table.id().name())).containsExactly("5000");
      }
    }

    @Test
    void theCounterOfATableIsRaisedAndNeverLowered() throws Exception {
      run("CREATE TABLE w.t (a int AUTO_INCREMENT PRIMARY KEY)", "CREATE TABLE w.n (a int)");
      TableId table = new TableId("w", "t");
      writer.setSequences(
          List.of(
              new SequenceValue(table, 41, true),
              new SequenceValue(new TableId("w", "n"), 9, true),
              new SequenceValue(new TableId("w", "gone"), 9, true)));
      writer.setSequences(List.of(new SequenceValue(table, 5, true)));
      writer.settleSequences();
      run("INSERT INTO w.t VALUES ()");
      assertThat(query("SELECT a FROM w.t")).containsExactly("42");
    }

    @Test
    void theCounterIsRaisedBesideTheWriterAndLaterIfSomebodyHasTheTable() throws Exception {
      run("CREATE TABLE w.t (a int AUTO_INCREMENT PRIMARY KEY)", "INSERT INTO w.t VALUES (1)");
      TableId table = new TableId("w", "t");
      AtomicInteger opened = new AtomicInteger();
      try (AutoIncrements numbers =
          new AutoIncrements(
              () -> {
                opened.incrementAndGet();
                return MySqlSessions.open(server.spec(""), "tidemark-numbers:test");
              })) {
        try (Connection other = server.connect("w");
            Statement statement = other.createStatement()) {
          other.setAutoCommit(false);
          statement.executeQuery("SELECT * FROM w.t");
          for (long next = 11; next < 31; next++) {
            numbers.raise(table, next);
          }
          awaitRows(WAITING, "1");
          // Those who come after it wait for it, until it gives up.
          load(table("t", "a"), List.of(row("2")));
          writer.commit();
          awaitRows(WAITING, "0");
          assertThat(query("SELECT MAX(a) FROM w.t")).containsExactly("2");
          other.rollback();
        }
        numbers.settle();
        run("INSERT INTO w.t VALUES ()");
        assertThat(query("SELECT MAX(a) FROM w.t")).containsExactly("30");
        numbers.raise(table, 30);
        numbers.settle();
        assertThat(opened).hasValue(1);
      }
    }

    private void awaitRows(String sql, String row) throws Exception {
      Await.until(
          sql + " to give " + row,
          Duration.ofSeconds(60),
          () -> query(sql).equals(List.of(row)),
          () -> "");
    }

    private MySqlTarget target(OnBadValue onBadValue) {
      return new MySqlTarget(server.spec(""), "test", Renaming.none(), onBadValue);
    }

    private void reopen(OnBadValue onBadValue, boolean localInfile) throws SQLException {
      writer.close();
      server.execute("", "SET GLOBAL local_infile = " + (localInfile ? 1 : 0));
      writer = target(onBadValue).openWriter("tidemark:test:1:write-0");
    }

    private void run(String... statements) throws SQLException {
      server.execute("w", statements);
    }

    private long load(Table table, List<Row> rows) {
      TargetWriter.ChunkLoad load = writer.beginChunk(table, PortableRows.FORMAT);
      byte[] bytes = chunk(rows);
      int half = bytes.length / 2;
      load.write(java.util.Arrays.copyOf(bytes, half), half);
      byte[] rest = java.util.Arrays.copyOfRange(bytes, half, bytes.length);
      load.write(rest, rest.length);
      return load.end();
    }

    /** As a source of the same vendor would describe it. */
    private Table table(String name, String key) {
      TableId id = new TableId("w", name);
      try (MySqlQueries queries =
          new MySqlQueries(MySqlSessions.open(server.spec("w"), "tidemark-test"))) {
        return new Table(
            id,
            TargetTable.columns(queries, id).stream()
                .filter(column -> !column.generated())
                .map(MySqlColumn::column)
                .toList(),
            key.isEmpty()
                ? Optional.empty()
                : Optional.of(new PrimaryKey(List.of(key.split(",")))));
      }
    }

    private List<String> query(String sql) throws SQLException {
      List<String> rows = new ArrayList<>();
      try (Connection connection = server.connect("w");
          Statement statement = connection.createStatement();
          ResultSet result = statement.executeQuery(sql)) {
        int columns = result.getMetaData().getColumnCount();
        while (result.next()) {
          List<String> values = new ArrayList<>();
          for (int i = 1; i <= columns; i++) {
            values.add(String.valueOf(result.getString(i)));
          }
          rows.add(String.join("|", values));
        }
      }
      return rows;
    }

    private static String allMessages(Throwable failure) {
      StringBuilder messages = new StringBuilder();
      for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
        messages.append(cause.getMessage()).append('\n');
      }
      return messages.toString();
    }
  }
}
