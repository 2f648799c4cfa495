package io.tidemark.database.postgres.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.change.SequenceValue;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.TargetWriter;
import io.tidemark.database.TargetWriter.RowBatch;
import io.tidemark.database.TargetWriter.UniqueConflictException;
import io.tidemark.database.jdbc.JdbcWriter;
import io.tidemark.database.postgres.PostgresTarget;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.Renaming;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.core.BaseConnection;

class PostgresWriterIT {

  @Postgres(databases = "t")
  private static PostgresServer server;

  private TargetWriter writer;

  @BeforeAll
  static void createExtensions() throws SQLException {
    server.execute("t", "CREATE EXTENSION hstore", "CREATE EXTENSION citext");
  }

  @BeforeEach
  void open() throws SQLException {
    server.execute("t", "DROP SCHEMA IF EXISTS w CASCADE", "CREATE SCHEMA w");
    writer = target(Renaming.none()).openWriter("tidemark:test:1:write-0");
  }

  @AfterEach
  void close() {
    writer.close();
  }

  @Test
  void appliesDeletesUpdatesAndInsertsAsSets() throws Exception {
    server.execute(
        "t",
        "CREATE TABLE w.t (a int, b text, c text, PRIMARY KEY (a, b))",
        "INSERT INTO w.t VALUES (1, 'x', 'one'), (2, 'x', 'two'), (3, 'x', 'three')");
    Table table = table("t", "a,b", "a", "b", "c");
    writer.apply(
        new RowBatch(
            table,
            List.of(partial(3, "1", "x")),
            List.of(row("2", "x", null), partial(3, "3", "x")),
            List.of(row("4", "", "four"), row("5", "ü", ""))));
    writer.commit();
    assertThat(query("SELECT a || ',' || b || ',' || coalesce(c, '-') FROM w.t ORDER BY a"))
        .containsExactly("2,x,-", "3,x,three", "4,,four", "5,ü,");
  }

  @Test
  void whatMayHaveComeWithTheCopyExpectsNothing() throws Exception {
    server.execute(
        "t",
        "CREATE TABLE w.t (a int PRIMARY KEY, b text)",
        "INSERT INTO w.t VALUES (1, 'old'), (2, 'old'), (3, 'old'), (5, 'old')");
    Table table = table("t", "a", "a", "b");
    writer.apply(
        new RowBatch(
            table,
            List.of(row("1", "new"), partial(2, "2"), partial(2, "8"), row("9", "new")),
            List.of(partial(2, "3")),
            List.of(),
            List.of(row("1", "new"), row("9", "new"))));
    writer.applySingly(new RowChange.Put(table, row("5", "newer")));
    writer.applySingly(new RowChange.Put(table, row("6", "newer")));
    writer.applySingly(new RowChange.Remove(table, partial(2, "9")));
    writer.applySingly(new RowChange.Remove(table, partial(2, "77")));
    writer.commit();
    assertThat(query("SELECT a || ',' || b FROM w.t ORDER BY a"))
        .containsExactly("1,new", "5,newer", "6,newer");
  }

  @Test
  void aMissingRowIsAnErrorThatNamesItsKey() throws Exception {
    server.execute(
        "t", "CREATE TABLE w.t (a int PRIMARY KEY, b text)", "INSERT INTO w.t VALUES (1)");
    Table table = table("t", "a", "a", "b");
    assertThatThrownBy(
            () ->
                writer.apply(
                    new RowBatch(
                        table, List.of(), List.of(row("1", "y"), row("77", "secret")), List.of())))
        .isInstanceOfSatisfying(
            DatabaseException.class,
            e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.DATA))
        .hasMessageContaining("w.t")
        .hasMessageContaining("(77)")
        .hasMessageNotContaining("secret");
    writer.rollback();
    assertThatThrownBy(() -> writer.applySingly(new RowChange.Delete(table, partial(2, "78"))))
        .hasMessageContaining("(78)");
    writer.rollback();
    assertThatThrownBy(
            () ->
                writer.apply(
                    new RowBatch(
                        table, List.of(partial(2, "1"), partial(2, "79")), List.of(), List.of())))
        .isInstanceOf(DatabaseException.class);
  }

  @Test
  void aRefusedValueIsNamedByKeyAndColumnAndNotShown() throws Exception {
    server.execute("t", "CREATE TABLE w.t (a int PRIMARY KEY, b text NOT NULL, c varchar(3))");
    Table table = table("t", "a", "a", "b", "c");
    assertThatThrownBy(
            () -> writer.applySingly(new RowChange.Insert(table, row("1", "x", "secret"))))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("key (1), column c")
        .satisfies(e -> assertThat(allMessages(e)).doesNotContain("secret"));
    writer.rollback();
    assertThatThrownBy(() -> writer.applySingly(new RowChange.Insert(table, row("2", null, "s"))))
        .hasMessageContaining("key (2), column b");
    writer.rollback();
    Table number = table("t", "a", "a", "b");
    assertThatThrownBy(() -> writer.applySingly(new RowChange.Insert(number, row("secret", "x"))))
        .satisfies(e -> assertThat(allMessages(e)).contains("column a"));
  }

  @Test
  void aSwapOfUniqueValuesConflictsAsASet() throws Exception {
    server.execute(
        "t",
        "CREATE TABLE w.t (a int PRIMARY KEY, u int UNIQUE)",
        "INSERT INTO w.t VALUES (1, 10), (2, 20)");
    Table table = table("t", "a", "a", "u");
    assertThatThrownBy(
            () ->
                writer.apply(
                    new RowBatch(
                        table, List.of(), List.of(row("1", "20"), row("2", "10")), List.of())))
        .isInstanceOf(UniqueConflictException.class);
  }

  @Test
  void aSwapUnderADeferrableKeyNeedsNoReplay() throws Exception {
    server.execute(
        "t",
        "CREATE TABLE w.t (a int PRIMARY KEY, u int UNIQUE DEFERRABLE)",
        "INSERT INTO w.t VALUES (1, 10), (2, 20)");
    Table table = table("t", "a", "a", "u");
    writer.apply(
        new RowBatch(table, List.of(), List.of(row("1", "20"), row("2", "10")), List.of()));
    writer.commit();
    assertThat(query("SELECT u::text FROM w.t ORDER BY a")).containsExactly("20", "10");
  }

  /** As the source may do it in one transaction, of which the target applies a piece at a time. */
  @Test
  void aKeyThatTheSourceDefersMayBeBrokenBetweenTwoSteps() throws Exception {
    server.execute(
        "t",
        "CREATE TABLE w.t (a int PRIMARY KEY, u int UNIQUE DEFERRABLE)",
        "INSERT INTO w.t VALUES (1, 10), (2, 20)");
    Table table = table("t", "a", "a", "u");
    writer.apply(new RowBatch(table, List.of(), List.of(row("1", "20")), List.of()));
    writer.apply(new RowBatch(table, List.of(), List.of(row("2", "10")), List.of()));
    writer.commit();
    assertThat(query("SELECT u::text FROM w.t ORDER BY a")).containsExactly("20", "10");
  }

  @Test
  void aKeyChangesWithoutTheValuesThatTheLogLeftOut() throws Exception {
    server.execute(
        "t",
        "CREATE TABLE w.t (a int PRIMARY KEY, b text, c text)",
        "INSERT INTO w.t VALUES (1, 'b', 'large')");
    Table table = table("t", "a", "a", "b", "c");
    writer.applySingly(
        new RowChange.Update(table, Optional.of(partial(3, "1")), partial(3, "2", "new")));
    writer.commit();
    assertThat(query("SELECT a || b || c FROM w.t")).containsExactly("2newlarge");
  }

  @Test
  void rowsWithoutKeyAreFoundByAllTheirValuesOneAtATime() throws Exception {
    server.execute(
        "t",
        "CREATE TABLE w.t (j json, x xml, p point, b boolean, c char(5), t text, n int)",
        // The first one that is met is another one: its null is no empty string.
        "INSERT INTO w.t VALUES ('{\"a\": 1}', '<a/>', '(1,2)', true, 'ab', NULL, NULL)",
        "INSERT INTO w.t SELECT '{\"a\": 1}', '<a/>', '(1,2)', true, 'ab', '', NULL"
            + " FROM generate_series(1, 3)");
    Table table = table("t", "", "j", "x", "p", "b", "c", "t", "n");
    Row old = row("{\"a\": 1}", "<a/>", "(1,2)", "t", "ab   ", "", null);
    writer.applySingly(new RowChange.Delete(table, old));
    writer.applySingly(
        new RowChange.Update(
            table,
            Optional.of(old),
            row("{\"a\":2}", "<b/>", "(3,4)", "f", "c    ", "\"q\\,", "5")));
    writer.commit();
    assertThat(query("SELECT r::text FROM w.t AS r ORDER BY r::text COLLATE \"C\""))
        .containsExactly(
            "(\"{\"\"a\"\": 1}\",<a/>,\"(1,2)\",t,\"ab   \",\"\",)",
            "(\"{\"\"a\"\": 1}\",<a/>,\"(1,2)\",t,\"ab   \",,)",
            "(\"{\"\"a\"\":2}\",<b/>,\"(3,4)\",f,\"c    \",\"\"\"q\\\\,\",5)");
    assertThatThrownBy(
            () ->
                writer.applySingly(
                    new RowChange.Delete(
                        table, row("{\"a\":9}", "<b/>", "(3,4)", "f", "c    ", "q", "5"))))
        .hasMessageContaining("w.t");
  }

  @Test
  void partitionedTablesAreWrittenThroughTheirRoot() throws Exception {
    server.execute(
        "t",
        "CREATE TABLE w.t (a int, b text) PARTITION BY LIST (a)",
        "CREATE TABLE w.t1 PARTITION OF w.t FOR VALUES IN (1)",
        "CREATE TABLE w.t2 PARTITION OF w.t FOR VALUES IN (2)",
        "INSERT INTO w.t VALUES (1, 'x'), (2, 'x')",
        "CREATE TABLE w.k (a int PRIMARY KEY, b text) PARTITION BY LIST (a)",
        "CREATE TABLE w.k1 PARTITION OF w.k FOR VALUES IN (1)",
        "CREATE TABLE w.k2 PARTITION OF w.k FOR VALUES IN (2)",
        "INSERT INTO w.k VALUES (1, 'x')");
    Table table = table("t", "", "a", "b");
    writer.applySingly(new RowChange.Delete(table, row("2", "x")));
    Table keyed = table("k", "a", "a", "b");
    writer.applySingly(new RowChange.Update(keyed, Optional.of(partial(2, "1")), partial(2, "2")));
    writer.apply(new RowBatch(keyed, List.of(), List.of(row("2", "y")), List.of(row("1", "z"))));
    writer.commit();
    assertThat(query("SELECT a || b FROM w.t")).containsExactly("1x");
    assertThat(query("SELECT a || b FROM w.k ORDER BY a")).containsExactly("1z", "2y");
    writer.applySingly(new RowChange.Truncate(List.of(keyed, table)));
    writer.commit();
    assertThat(query("SELECT a::text FROM w.k UNION ALL SELECT a::text FROM w.t")).isEmpty();
  }

  @Test
  void childrenOfInheritanceAreLeftAlone() throws Exception {
    server.execute(
        "t",
        "CREATE TABLE w.t (a int PRIMARY KEY, b text)",
        "CREATE TABLE w.c () INHERITS (w.t)",
        "INSERT INTO w.t VALUES (1, 'p')",
        "INSERT INTO w.c VALUES (1, 'c')");
    Table table = table("t", "a", "a", "b");
    writer.apply(new RowBatch(table, List.of(), List.of(row("1", "q")), List.of()));
    writer.commit();
    assertThat(query("SELECT b FROM w.t ORDER BY b")).containsExactly("c", "q");
    writer.applySingly(new RowChange.Truncate(List.of(table)));
    writer.commit();
    assertThat(query("SELECT b FROM w.t")).containsExactly("c");
  }

  @Test
  void emptiesATableThatAForeignKeyProtects() throws Exception {
    server.execute(
        "t",
        "CREATE TABLE w.t (a int PRIMARY KEY)",
        "CREATE TABLE w.other (a int REFERENCES w.t)",
        "INSERT INTO w.t VALUES (1)");
    writer.applySingly(new RowChange.Truncate(List.of(table("t", "a", "a"))));
    writer.commit();
    assertThat(query("SELECT a::text FROM w.t")).isEmpty();
  }

  @Test
  void clearsARangeInTheOrderOfTheKey() throws Exception {
    server.execute(
        "t",
        "CREATE TABLE w.t (a int, b public.citext, PRIMARY KEY (a, b))",
        "INSERT INTO w.t VALUES (1, 'a'), (1, 'B'), (2, 'a'), (2, 'B'), (2, 'c'), (3, 'a'), (4, 'a')");
    Table table = table("t", "a,b", "a", "b");
    clear(
        table,
        KeyRange.between(
            Optional.of(new Key(List.of("1", "b"))), Optional.of(new Key(List.of("2", "C")))));
    writer.commit();
    assertThat(query("SELECT a || b::text FROM w.t ORDER BY a, b"))
        .containsExactly("1a", "2c", "3a", "4a");
    clear(table, KeyRange.Points.of(new Key(List.of("3", "A"))));
    clear(table, KeyRange.between(Optional.of(new Key(List.of("3", "x"))), Optional.empty()));
    writer.commit();
    assertThat(query("SELECT a || b::text FROM w.t ORDER BY a, b")).containsExactly("1a", "2c");
    clear(table, KeyRange.everything(), new Key(List.of("1", "A")), new Key(List.of("7", "x")));
    writer.commit();
    assertThat(query("SELECT a || b::text FROM w.t")).containsExactly("1a");
    clear(table, KeyRange.everything());
    writer.commit();
    assertThat(query("SELECT a || b::text FROM w.t")).isEmpty();
  }

  /** A statement has 65,535 parameters at most. */
  @Test
  void clearsWhatIsNotAmongVeryManySparedKeys() throws Exception {
    server.execute(
        "t",
        "CREATE TABLE w.t (a int, b text, PRIMARY KEY (a, b))",
        "INSERT INTO w.t SELECT i, 'x' FROM generate_series(1, 80000) AS i");
    Key[] spared =
        IntStream.rangeClosed(1, 70_000)
            .mapToObj(i -> new Key(List.of("" + i, "x")))
            .toArray(Key[]::new);
    clear(table("t", "a,b", "a", "b"), KeyRange.everything(), spared);
    writer.commit();
    assertThat(query("SELECT concat_ws(' ', count(*), min(a), max(a)) FROM w.t"))
        .containsExactly("70000 1 70000");
  }

  private void clear(Table table, KeyRange range, Key... spared) {
    writer.applySingly(new RowChange.Clear(table, range, List.of(spared)));
  }

  @Test
  void identityColumnsTakeTheSourcesValues() throws Exception {
    server.execute(
        "t",
        "CREATE TABLE w.t (a int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, b text)",
        "CREATE TABLE w.n (a int PRIMARY KEY, i int GENERATED ALWAYS AS IDENTITY UNIQUE, b text,"
            + " extra text DEFAULT 'd')",
        "INSERT INTO w.n (a, b, extra) VALUES (1, 'x', 'kept')");
    Table key = table("t", "a", "a", "b");
    writer.apply(new RowBatch(key, List.of(), List.of(), List.of(row("7", "x"), row("8", "x"))));
    writer.apply(new RowBatch(key, List.of(), List.of(row("7", "y")), List.of()));
    writer.applySingly(new RowChange.Update(key, Optional.of(partial(2, "8")), partial(2, "9")));
    Table other = table("n", "a", "a", "i", "b");
    writer.apply(new RowBatch(other, List.of(), List.of(row("1", "50", "y")), List.of()));
    writer.commit();
    assertThat(query("SELECT a || b FROM w.t ORDER BY a")).containsExactly("7y", "9x");
    assertThat(query("SELECT a || ',' || i || b || extra FROM w.n")).containsExactly("1,50ykept");
  }

  @Test
  void neitherTriggersNorForeignKeysFire() throws Exception {
    server.execute(
        "t",
        "CREATE TABLE w.t (a int PRIMARY KEY)",
        "CREATE TABLE w.c (a int PRIMARY KEY REFERENCES w.t)",
        "CREATE FUNCTION w.f() RETURNS trigger LANGUAGE plpgsql AS"
            + " $$ BEGIN RAISE EXCEPTION 'fired'; END $$",
        "CREATE TRIGGER g BEFORE INSERT ON w.c FOR EACH ROW EXECUTE FUNCTION w.f()");
    writer.applySingly(new RowChange.Insert(table("c", "a", "a"), row("1")));
    writer.commit();
    assertThat(query("SELECT a::text FROM w.c")).containsExactly("1");
  }

  @Test
  void aThousandColumnsGoThroughEveryStatement() throws Exception {
    List<String> names = IntStream.range(0, 1000).mapToObj(i -> "c" + i).toList();
    String columns = names.stream().skip(1).map(n -> n + " text").collect(Collectors.joining(", "));
    server.execute("t", "CREATE TABLE w.t (c0 int PRIMARY KEY, " + columns + ")");
    server.execute("t", "CREATE TABLE w.k (c0 int, " + columns + ")");
    List<String> values = new ArrayList<>(Collections.nCopies(1000, "v"));
    values.set(0, "1");
    List<String> changed = new ArrayList<>(values);
    changed.set(999, "w");
    for (Table table :
        List.of(
            table("t", "c0", names.toArray(String[]::new)),
            table("k", "", names.toArray(String[]::new)))) {
      writer.applySingly(new RowChange.Insert(table, Row.ofText(values)));
      writer.applySingly(
          new RowChange.Update(table, Optional.of(Row.ofText(values)), Row.ofText(changed)));
      writer.commit();
      assertThat(query("SELECT c998 || c999 FROM w." + table.id().name())).containsExactly("vw");
      writer.applySingly(new RowChange.Delete(table, Row.ofText(changed)));
      writer.commit();
      assertThat(query("SELECT c0::text FROM w." + table.id().name())).isEmpty();
    }
  }

  @Test
  void aRowOfFiftyMegabytesGoesThrough() throws Exception {
    server.execute("t", "CREATE TABLE w.t (a int PRIMARY KEY, b text)");
    Table table = table("t", "a", "a", "b");
    String large = "x".repeat(50 << 20);
    writer.apply(new RowBatch(table, List.of(), List.of(), List.of(row("1", large))));
    writer.apply(new RowBatch(table, List.of(), List.of(row("1", large + "y")), List.of()));
    writer.commit();
    assertThat(query("SELECT length(b)::text FROM w.t")).containsExactly("" + ((50 << 20) + 1));
  }

  @Test
  void valuesAreReadTheSameWhateverTheServerIsSetTo() throws Exception {
    server.execute(
        "t",
        "CREATE TABLE w.t (id int PRIMARY KEY, d date, i interval, x xml, s text)",
        // Found in front of the type that is meant, by whoever does not say which is meant.
        "CREATE DOMAIN w.text AS pg_catalog.text CHECK (length(VALUE) < 3)",
        "ALTER DATABASE t SET DateStyle = 'SQL, DMY'",
        "ALTER DATABASE t SET IntervalStyle = 'sql_standard'",
        "ALTER DATABASE t SET xmloption = 'document'",
        "ALTER DATABASE t SET search_path = 'w', 'pg_catalog'");
    try (TargetWriter set = target(Renaming.none()).openWriter("tidemark:test:1:write-2")) {
      Table table = table("t", "id", "id", "d", "i", "x", "s");
      set.apply(
          new RowBatch(
              table,
              List.of(),
              List.of(),
              List.of(row("1", "2020-02-03", "-3 days +04:05:06", "a<b/>", "long"))));
      set.commit();
    } finally {
      server.execute("t", "ALTER DATABASE t RESET ALL");
    }
    assertThat(query("SELECT d || ' ' || i || ' ' || x::pg_catalog.text || ' ' || s FROM w.t"))
        .containsExactly("2020-02-03 -3 days +04:05:06 a<b/> long");
  }

  /** Every value is written from its text and has to print the same again. */
  @Test
  void valuesOfEveryTypeKeepTheirText() throws Exception {
    server.execute(
        "t",
        "CREATE TYPE w.mood AS ENUM ('sad', 'so ''so''')",
        "CREATE DOMAIN w.dom AS varchar(5) CHECK (VALUE <> 'bad')",
        "CREATE DOMAIN w.dom2 AS w.dom",
        "CREATE TYPE w.comp AS (a int, b text, \"C c\" w.mood)");
    String[][] samples = {
      {"smallint", "-32768"},
      {"int", "2147483647"},
      {"bigint", "-9223372036854775808"},
      {"numeric(10,2)", "-12345678.90"},
      {"numeric", "NaN"},
      {"numeric", "Infinity"},
      {"numeric", "1.000"},
      {"real", "1e-45"},
      {"real", "NaN"},
      {"double precision", "-0"},
      {"double precision", "1.7976931348623157e+308"},
      {"double precision", "-Infinity"},
      {"boolean", "t"},
      {"text", ""},
      {"text", "NULL"},
      {"text", "{\"a\\b\",\n\t"},
      {"varchar(5)", "abcde"},
      {"char(5)", "ab   "},
      {"bpchar", "ab  "},
      {"\"char\"", "x"},
      {"name", "n"},
      {"bytea", "\\x00ff"},
      {"bit(5)", "10101"},
      {"bit varying(8)", "101"},
      {"bit varying", ""},
      {"money", "-$1,234.56"},
      {"date", "0044-03-15 BC"},
      {"date", "infinity"},
      {"time", "24:00:00"},
      {"time(3)", "12:34:56.789"},
      {"timetz", "12:34:56.123456-07:30"},
      {"timestamp", "294276-12-31 23:59:59.999999"},
      {"timestamp", "-infinity"},
      {"timestamptz", "4713-01-01 00:00:00+00 BC"},
      {"interval", "-1 years -2 mons +3 days -04:05:06.789"},
      {"interval year", "3 years"},
      {"uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
      {"json", "{ \"a\" : [1, 2,\"\\u00e4\"] }"},
      {"jsonb", "{\"a\": [1, null]}"},
      {"jsonpath", "$.\"a\"[*]"},
      {"xml", "<a b=\"1\">x</a><c/>"},
      {"xml", ""},
      {"inet", "192.168.0.1"},
      {"inet", "10.0.0.0/8"},
      {"cidr", "10.0.0.0/8"},
      {"macaddr", "08:00:2b:01:02:03"},
      {"macaddr8", "08:00:2b:01:02:03:04:05"},
      {"point", "(1.5,-2)"},
      {"line", "{1,2,3}"},
      {"lseg", "[(1,2),(3,4)]"},
      {"box", "(3,4),(1,2)"},
      {"path", "[(1,2),(3,4)]"},
      {"path", "((1,2),(3,4))"},
      {"polygon", "((1,2),(3,4))"},
      {"circle", "<(1,2),3>"},
      {"tsvector", "'a':1A 'b c':2"},
      {"tsquery", "'a' & !'b'"},
      {"int4range", "[1,5)"},
      {"int4range", "empty"},
      {"numrange", "(,1.5]"},
      {"tstzrange", "[\"2020-01-01 00:00:00+00\",infinity)"},
      {"int4multirange", "{[1,3),[5,8)}"},
      {"int[]", "{1,NULL,3}"},
      {"text[]", "{\"\",NULL,\"NULL\",\"a\\\"b\"}"},
      {"int[]", "[0:1]={1,2}"},
      {"text[][]", "{{a,b},{c,d}}"},
      {"int[]", "{}"},
      {"numeric(4,1)[]", "{1.5,NaN}"},
      {"bpchar(3)[]", "{\"a  \",\"b  \"}"},
      {"w.mood", "so 'so'"},
      {"w.mood[]", "{sad,\"so 'so'\"}"},
      {"w.dom", "good"},
      {"w.dom2", "good"},
      {"w.dom[]", "{good}"},
      {"w.comp", "(1,\"a b\",sad)"},
      {"w.comp", "(,,)"},
      {"w.comp[]", "{\"(1,a,sad)\"}"},
      {"public.hstore", "\"a\"=>\"1\", \"b\"=>NULL"},
      {"public.citext", "AbC"},
      {"oid", "4294967295"},
      {"pg_lsn", "16/B374D848"},
      {"xid8", "18446744073709551615"},
      {"xid", "5"},
      {"pg_snapshot", "10:20:10,14,15"},
      {"regclass", "pg_class"},
      {"regtype", "integer"},
    };
    List<String> names = IntStream.range(0, samples.length).mapToObj(i -> "c" + i).toList();
    server.execute(
        "t",
        "CREATE TABLE w.t (id int PRIMARY KEY, "
            + IntStream.range(0, samples.length)
                .mapToObj(i -> "c" + i + " " + samples[i][0])
                .collect(Collectors.joining(", "))
            + ")");
    List<String> columns = new ArrayList<>(List.of("id"));
    columns.addAll(names);
    List<String> values = new ArrayList<>(List.of("1"));
    Arrays.stream(samples).forEach(sample -> values.add(sample[1]));
    List<String> nulls = new ArrayList<>(Collections.nCopies(values.size(), null));
    nulls.set(0, "2");
    Table table = table("t", "id", columns.toArray(String[]::new));
    writer.apply(
        new RowBatch(table, List.of(), List.of(), List.of(Row.ofText(values), Row.ofText(nulls))));
    List<String> second = new ArrayList<>(values);
    second.set(0, "2");
    writer.apply(new RowBatch(table, List.of(), List.of(Row.ofText(second)), List.of()));
    writer.commit();
    for (int id = 1; id <= 2; id++) {
      try (Connection connection = target(Renaming.none()).connect("check");
          ResultSet rows =
              connection
                  .createStatement()
                  .executeQuery(
                      "SELECT "
                          + names.stream()
                              .map(n -> "format('%s', " + n + ")")
                              .collect(Collectors.joining(", "))
                          + " FROM w.t WHERE id = "
                          + id)) {
        rows.next();
        for (int i = 0; i < samples.length; i++) {
          assertThat(rows.getString(i + 1)).as(samples[i][0]).isEqualTo(samples[i][1]);
        }
      }
    }
    Table keyless = table("t", "", columns.toArray(String[]::new));
    writer.applySingly(new RowChange.Delete(keyless, Row.ofText(values)));
    writer.commit();
    assertThat(query("SELECT id::text FROM w.t")).containsExactly("2");
  }

  @Test
  void chunksAreLoadedInBothFormatsUnderTheTargetsName() throws Exception {
    server.execute("t", "CREATE TABLE w.\"New \"\"t\" (a int PRIMARY KEY, b text)");
    writer.close();
    writer =
        target(new Renaming(Map.of(new TableId("w", "t"), new TableId("w", "New \"t")), Map.of()))
            .openWriter("tidemark:test:1:write-0");
    Table table = table("t", "a", "a", "b");
    byte[] bytes = "1\tx\n2\t\\N\n".getBytes(StandardCharsets.UTF_8);
    TargetWriter.ChunkLoad load = writer.beginChunk(table, "postgres/copy-text");
    load.write(bytes, 5);
    load.write(Arrays.copyOfRange(bytes, 5, bytes.length), bytes.length - 5);
    assertThat(load.end()).isEqualTo(2);
    writer.commit();
    TargetWriter.ChunkLoad aborted = writer.beginChunk(table, "postgres/copy-text");
    aborted.write(bytes, 5);
    aborted.abort();
    writer.rollback();
    TargetWriter.ChunkLoad binary = writer.beginChunk(table, "postgres/copy-binary");
    binary.write(binaryCopy(), binaryCopy().length);
    assertThat(binary.end()).isEqualTo(1);
    writer.commit();
    assertThat(query("SELECT a || coalesce(b, '-') FROM w.\"New \"\"t\" ORDER BY a"))
        .containsExactly("1x", "2-", "3y");
    TargetWriter.ChunkLoad refused = writer.beginChunk(table, "postgres/copy-text");
    assertThatThrownBy(
            () -> {
              byte[] wrong = "secret\tx\n".getBytes(StandardCharsets.UTF_8);
              refused.write(wrong, wrong.length);
              refused.end();
            })
        .hasMessageContaining("column a")
        .satisfies(e -> assertThat(allMessages(e)).doesNotContain("secret"));
  }

  @Test
  void sequencesAreSetWhereTheyExist() throws Exception {
    server.execute("t", "CREATE SEQUENCE w.s");
    writer.setSequences(
        List.of(
            new SequenceValue(new TableId("w", "s"), 42, true),
            new SequenceValue(new TableId("w", "missing"), 1, false)));
    writer.commit();
    assertThat(query("SELECT nextval('w.s')::text")).containsExactly("43");
  }

  private static boolean sendsArraysInBinary(TargetWriter writer) throws SQLException {
    return ((JdbcWriter) writer).connection().unwrap(BaseConnection.class).binaryTransferSend(1009);
  }

  @Test
  void arraysAreBoundInBinaryAndAsLiteralsWhereTheUrlSaysSo() throws Exception {
    server.execute("t", "CREATE TABLE w.t (a int PRIMARY KEY, b text)");
    Table table = table("t", "a", "a", "b");
    assertThat(sendsArraysInBinary(writer)).isTrue();
    PostgresTarget literal =
        new PostgresTarget(
            new ConnectionSpec(server.url("t") + "?binaryTransfer=false", "postgres", ""),
            "test",
            Renaming.none());
    try (TargetWriter other = literal.openWriter("tidemark:test:1:write-1")) {
      assertThat(sendsArraysInBinary(other)).isFalse();
      other.apply(
          new RowBatch(
              table,
              List.of(),
              List.of(),
              List.of(row("1", "\"q\\{},"), row("2", "NULL"), row("3", null), row("4", ""))));
      other.commit();
    }
    assertThat(query("SELECT coalesce(b, '-') FROM w.t ORDER BY a"))
        .containsExactly("\"q\\{},", "NULL", "-", "");
  }

  /** A binary COPY of one row (3, y): signature, flags, extension, row, trailer. */
  private static byte[] binaryCopy() {
    return new byte[] {
      'P',
      'G',
      'C',
      'O',
      'P',
      'Y',
      '\n',
      (byte) 0xff,
      '\r',
      '\n',
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      2,
      0,
      0,
      0,
      4,
      0,
      0,
      0,
      3,
      0,
      0,
      0,
      1,
      'y',
      (byte) 0xff,
      (byte) 0xff
    };
  }

  private static PostgresTarget target(Renaming renaming) {
    return new PostgresTarget(server.spec("t"), "test", renaming);
  }

  private static Table table(String name, String key, String... columns) {
    return new Table(
        new TableId("w", name),
        Arrays.stream(columns).map(c -> new Column(c, "text", true)).toList(),
        key.isEmpty() ? Optional.empty() : Optional.of(new PrimaryKey(List.of(key.split(",")))));
  }

  private static Row row(String... values) {
    return Row.ofText(Arrays.asList(values));
  }

  /** The first values; the others are absent. */
  private static Row partial(int size, String... values) {
    Row present = row(values);
    Row.Builder row = Row.builder(present.array(), size);
    for (int field = 0; field < values.length; field++) {
      row.setValue(field, present.offset(field), present.length(field));
    }
    return row.build();
  }

  private static List<String> query(String sql) throws SQLException {
    try (Connection connection = server.connect("t");
        ResultSet rows = connection.createStatement().executeQuery(sql)) {
      List<String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    }
  }

  private static String allMessages(Throwable failure) {
    StringBuilder messages = new StringBuilder();
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      messages.append(cause);
      Arrays.stream(cause.getSuppressed()).forEach(messages::append);
    }
    return messages.toString();
  }
}
