package io.tidemark.database.postgres.portable;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.change.SequenceValue;
import io.tidemark.database.ChunkPlanner;
import io.tidemark.database.LogReader;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceControl.LogStart;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.SourceLookup;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.postgres.PostgresSource;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import io.tidemark.schema.ValueType.Binary;
import io.tidemark.schema.ValueType.Bits;
import io.tidemark.schema.ValueType.Decimal;
import io.tidemark.schema.ValueType.Enumeration;
import io.tidemark.schema.ValueType.Int;
import io.tidemark.schema.ValueType.Plain;
import io.tidemark.schema.ValueType.Real;
import io.tidemark.schema.ValueType.Text;
import io.tidemark.schema.ValueType.Time;
import io.tidemark.schema.ValueType.Timestamp;
import io.tidemark.settings.Selection;
import io.tidemark.testing.GoldenValues;
import io.tidemark.testing.SnapshotRows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A value is the same bytes whether a snapshot or the log gives it. */
class PortablePostgresSourceIT {

  @Postgres private static PostgresServer server;
  private static int databases;

  private String database;

  @BeforeEach
  void createDatabase() throws Exception {
    database = "portable_" + databases++;
    server.createDatabase(database);
  }

  private SourceDatabase source(Map<TableId, String> filters) {
    return new PostgresSource(
            server.spec(database), database, new Selection(List.of("*"), Map.of(), filters))
        .portable();
  }

  /** A column of some type, with values as SQL and what they are in the portable encoding. */
  private record Golden(String type, ValueType kind, GoldenValues values) {}

  private static Golden golden(String type, ValueType kind, String... sqlAndExpected) {
    return new Golden(type, kind, GoldenValues.of(sqlAndExpected));
  }

  private static final Text ANY = new Text(1L << 30, false);

  private static final List<Golden> GOLDEN =
      List.of(
          golden("bool", Plain.BOOLEAN, "true", "1", "false", "0"),
          golden("int2", new Int(16, false), "-32768", "-32768", "32767", "32767"),
          golden("int4", new Int(32, false), "-2147483648", "-2147483648", "0", "0"),
          golden(
              "int8",
              new Int(64, false),
              "-9223372036854775808",
              "-9223372036854775808",
              "9223372036854775807",
              "9223372036854775807"),
          golden("oid", new Int(32, true), "4294967295", "4294967295"),
          golden(
              "numeric(10,2)",
              new Decimal(10, 2),
              "-99999999.99",
              "-99999999.99",
              ".5",
              "0.50",
              "'NaN'",
              "NaN"),
          golden("numeric(5)", new Decimal(5, 0), "99999", "99999"),
          golden("numeric(2,5)", new Decimal(5, 5), "0.00099", "0.00099"),
          golden("numeric(2,-3)", new Decimal(5, 0), "99000", "99000"),
          golden(
              "numeric",
              Plain.NUMBER,
              "1e40",
              "1" + "0".repeat(40),
              "1.500",
              "1.500",
              "-1e-20",
              "-0." + "0".repeat(19) + "1",
              "'-Infinity'",
              "-Infinity",
              "'NaN'",
              "NaN"),
          golden(
              "float4",
              new Real(32),
              "1e-45",
              "1.4E-45",
              "3.4028235e38",
              "3.4028235E38",
              "0.1",
              "0.1",
              "'-0'",
              "-0.0",
              "'NaN'",
              "NaN"),
          golden(
              "float8",
              new Real(64),
              "0.1",
              "0.1",
              "1e22",
              "1.0E22",
              "4.9e-324",
              "4.9E-324",
              "1.7976931348623157e308",
              "1.7976931348623157E308",
              "'-Infinity'",
              "-Infinity"),
          golden(
              "text",
              ANY,
              "''",
              "",
              "'NULL'",
              "NULL",
              "E'\\\\N\\t\\n\\r\\b\\f\\v\\\\'",
              "\\N\t\n\r\b\f\u000b\\",
              "'😀 ä '",
              "😀 ä "),
          golden("varchar(3)", new Text(3, false), "'a '", "a ", "'ä😀.'", "ä😀."),
          golden("char(5)", new Text(5, true), "'a b'", "a b", "''", ""),
          golden("\"char\"", new Text(4, false), "'a'", "a"),
          golden("bytea", new Binary(1L << 30, false), "'\\x'", "", "'\\x00ff5c0a'", "00ff5c0a"),
          golden(
              "date",
              Plain.DATE,
              "'0001-01-01'",
              "0001-01-01",
              "'4713-01-01 BC'",
              "4713-01-01 BC",
              "'5874897-12-31'",
              "5874897-12-31",
              "'infinity'",
              "infinity"),
          golden("time", new Time(6), "'00:00'", "00:00:00.000000", "'24:00'", "24:00:00.000000"),
          golden("time(0)", new Time(0), "'23:59:59.4'", "23:59:59"),
          golden(
              "timestamp",
              new Timestamp(6, false),
              "'2024-02-29 23:59:59.5'",
              "2024-02-29 23:59:59.500000",
              "'4713-01-01 00:00:00 BC'",
              "4713-01-01 00:00:00.000000 BC",
              "'294276-12-31 23:59:59.999999'",
              "294276-12-31 23:59:59.999999",
              "'-infinity'",
              "-infinity"),
          golden(
              "timestamp(3)",
              new Timestamp(3, false),
              "'2024-01-01 12:00:00.1'",
              "2024-01-01 12:00:00.100",
              "'2024-01-01 12:00:00'",
              "2024-01-01 12:00:00.000"),
          golden(
              "timestamptz",
              new Timestamp(6, true),
              "'2024-03-31 02:30:00+02'",
              "2024-03-31 00:30:00.000000",
              "'0044-03-15 12:00:00+00 BC'",
              "0044-03-15 12:00:00.000000 BC",
              "'infinity'",
              "infinity"),
          golden("timetz", ANY, "'12:00:00+02'", "12:00:00+02"),
          golden("interval", ANY, "'1 mon -2 days 03:00'", "1 mon -2 days +03:00:00"),
          golden("bit(3)", new Bits(3, false), "B'101'", "101"),
          golden("varbit(5)", new Bits(5, true), "B''", "", "B'01'", "01"),
          golden(
              "uuid",
              Plain.UUID,
              "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
              "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
          golden("json", Plain.JSON, "'{\"b\": 1, \"a\":[1.10]}'", "{\"b\": 1, \"a\":[1.10]}"),
          golden("jsonb", Plain.JSON, "'{\"b\":1e30}'", "{\"b\": 1" + "0".repeat(30) + "}"),
          golden("mood", new Enumeration(List.of("sad", "it's", "a,b")), "'it''s'", "it's"),
          golden("amount", new Decimal(8, 3), "1.5", "1.500"),
          golden("inet", ANY, "'10.0.0.1'", "10.0.0.1"),
          golden("money", ANY, "-1234.5", "-$1,234.50"),
          golden("point", ANY, "'(1,2.5)'", "(1,2.5)"),
          golden("xml", ANY, "'<a>1</a>'", "<a>1</a>"),
          golden("tsvector", ANY, "'a:1 b'", "'a':1 'b'"),
          golden(
              "int[]",
              Plain.JSON,
              "'{}'",
              "[]",
              "'{1,NULL,-3}'",
              "[1, null, -3]",
              "'{{1,2},{3,4}}'",
              "[[1, 2], [3, 4]]",
              "'[0:1]={1,2}'",
              "{\"bounds\": \"[0:1]\", \"elements\": [1, 2]}"),
          golden(
              "text[]",
              Plain.JSON,
              "ARRAY['', 'NULL', NULL, E'a\"b\\\\c', 'x,y', '{', E'\\n', '😀']",
              "[\"\", \"NULL\", null, \"a\\\"b\\\\c\", \"x,y\", \"{\", \"\\u000a\", \"😀\"]"),
          golden(
              "float8[]",
              Plain.JSON,
              "'{1e22,NaN,-Infinity,-0}'",
              "[1.0E22, \"NaN\", \"-Infinity\", -0.0]"),
          golden("bool[]", Plain.JSON, "'{t,f}'", "[true, false]"),
          golden(
              "timestamptz[]",
              Plain.JSON,
              "'{2024-01-01 00:00:00+00}'",
              "[\"2024-01-01 00:00:00.000000\"]"),
          golden("jsonb[]", Plain.JSON, "ARRAY['{\"a\": \"\\\"\"}'::jsonb]", "[{\"a\": \"\\\"\"}]"),
          golden(
              "box[]",
              Plain.JSON,
              "'{(2,2),(1,1);(4,4),(3,3)}'",
              "[\"(2,2),(1,1)\", \"(4,4),(3,3)\"]"),
          golden("bytea[]", Plain.JSON, "ARRAY['\\x00ff'::bytea]", "[\"\\\\x00ff\"]"),
          golden(
              "pair",
              Plain.JSON,
              "ROW(1, 'a,\"b\\c')::pair",
              "{\"n\": 1, \"t\": \"a,\\\"b\\\\c\"}",
              "ROW(NULL, '')::pair",
              "{\"n\": null, \"t\": \"\"}"),
          golden(
              "pair[]",
              Plain.JSON,
              "ARRAY[ROW(1, 'x \"y\"')::pair, NULL]",
              "[{\"n\": 1, \"t\": \"x \\\"y\\\"\"}, null]"),
          golden(
              "int4range",
              Plain.JSON,
              "'[1,3]'",
              "{\"lower\": 1, \"upper\": 4, \"bounds\": \"[)\"}",
              "'(,)'",
              "{\"lower\": null, \"upper\": null, \"bounds\": \"()\"}",
              "'empty'",
              "{\"bounds\": \"empty\"}"),
          golden(
              "tsrange",
              Plain.JSON,
              "'[2024-01-01 00:00,2024-01-02 00:00]'",
              "{\"lower\": \"2024-01-01 00:00:00.000000\", \"upper\": \"2024-01-02"
                  + " 00:00:00.000000\", \"bounds\": \"[]\"}"),
          golden(
              "int4multirange",
              Plain.JSON,
              "'{[1,2),[5,6)}'",
              "[{\"lower\": 1, \"upper\": 2, \"bounds\": \"[)\"}, {\"lower\": 5, \"upper\": 6,"
                  + " \"bounds\": \"[)\"}]",
              "'{}'",
              "[]"),
          golden(
              "hstore",
              Plain.JSON,
              "'a=>1,\"b\\\"\"=>NULL,c=>\"\"'",
              "{\"a\": \"1\", \"c\": \"\", \"b\\\"\": null}",
              "''",
              "{}"),
          golden("citext", ANY, "'AbC'", "AbC"));

  @Test
  void everyTypeHasOneEncodingInSnapshotAndLog() throws Exception {
    server.execute(
        database,
        "CREATE EXTENSION hstore",
        "CREATE EXTENSION citext",
        "CREATE TYPE mood AS ENUM ('sad', 'it''s', 'a,b')",
        "CREATE DOMAIN money_amount AS numeric(8,3)",
        "CREATE DOMAIN amount AS money_amount CHECK (VALUE < 1000)",
        "CREATE TYPE pair AS (n int, t text)");
    StringBuilder create = new StringBuilder("CREATE TABLE t (id int PRIMARY KEY");
    for (int i = 0; i < GOLDEN.size(); i++) {
      create.append(", c").append(i).append(' ').append(GOLDEN.get(i).type());
    }
    int rows =
        GOLDEN.stream().mapToInt(column -> column.values().written().size()).max().orElseThrow()
            + 1;
    server.execute(database, create + ")");
    SourceDatabase source = source(Map.of());
    LogStart start;
    Table table;
    try (SourceControl control = source.openControl(1)) {
      start = control.createLog();
      table = control.tables().get(0);
    }
    assertThat(table.columns().stream().skip(1).map(column -> column.values()).toList())
        .isEqualTo(GOLDEN.stream().map(Golden::kind).toList());
    for (int r = 0; r < rows; r++) {
      int row = r;
      server.execute(
          database,
          "INSERT INTO t VALUES ("
              + r
              + GOLDEN.stream()
                  .map(column -> ", " + column.values().sql(row))
                  .reduce("", String::concat)
              + ")");
    }

    List<List<String>> expected = new ArrayList<>();
    for (int r = 0; r < rows; r++) {
      List<String> row = new ArrayList<>(List.of(Integer.toString(r)));
      for (Golden column : GOLDEN) {
        row.add(column.values().found(r).orElse(null));
      }
      expected.add(row);
    }
    assertThat(texts(table, snapshot(source, table, KeyRange.everything()))).isEqualTo(expected);
    assertThat(texts(table, log(source, start, table, rows))).isEqualTo(expected);
  }

  private static List<Row> snapshot(SourceDatabase source, Table table, KeyRange range)
      throws Exception {
    try (SnapshotSession session = source.openSession(1, Optional.empty(), List.of(table))) {
      return SnapshotRows.read(session, table, range);
    }
  }

  private static List<Row> log(SourceDatabase source, LogStart start, Table table, int count)
      throws Exception {
    List<Row> rows = new ArrayList<>();
    try (LogReader log = source.openLog(1, start.position(), List.of(table), SourceMemory.NONE)) {
      long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (rows.size() < count && System.nanoTime() < deadline) {
        log.poll(Duration.ofMillis(200))
            .ifPresent(
                message -> {
                  if (message instanceof LogReader.Changes changes) {
                    for (RowChange change : changes.changes()) {
                      rows.add(((RowChange.Insert) change).row());
                    }
                  }
                });
      }
    }
    return rows;
  }

  /** Raw values as hexadecimal digits. */
  private static List<List<String>> texts(Table table, List<Row> rows) {
    List<List<String>> texts = new ArrayList<>();
    for (Row row : rows) {
      List<String> values = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        if (row.isNull(i)) {
          values.add(null);
        } else if (table.columns().get(i).values().isRaw()) {
          int from = row.offset(i);
          values.add(HexFormat.of().formatHex(row.array(), from, from + row.length(i)));
        } else {
          values.add(row.text(i));
        }
      }
      texts.add(values);
    }
    return texts;
  }

  /** Bounds come from the database, are shown to the log's keys, and cut what a session reads. */
  @Test
  void keysOfEveryTypeAreCutLocatedAndRead() throws Exception {
    server.execute(database, "CREATE EXTENSION citext");
    Map<String, String> types =
        Map.of(
            "bytea", "decode(lpad(to_hex(i), 4, '0'), 'hex')",
            "numeric", "i * 1.50",
            "numeric(10,3)", "i - 50",
            "timestamptz", "timestamptz '2024-03-31 00:00+00' + i * interval '17 min 0.5 s'",
            "boolean", "i % 2 = 0",
            "citext", "(array['A','b','C','d'])[1 + i % 4] || i",
            "date", "date '0001-01-05 BC' + i",
            "char(6)", "'k' || i",
            "int[]", "array[i, NULL, 1]",
            "float8", "i / 3.0");
    for (Map.Entry<String, String> type : types.entrySet()) {
      String name = "by_" + type.getKey().replaceAll("[^a-z]", "_");
      server.execute(
          database,
          "CREATE TABLE %s (k %s, n int, PRIMARY KEY (k, n))".formatted(name, type.getKey()),
          "INSERT INTO %s SELECT %s, i FROM generate_series(1, 100) AS i"
              .formatted(name, type.getValue()),
          "ANALYZE " + name);
    }
    SourceDatabase source = source(Map.of());
    try (SourceControl control = source.openControl(1)) {
      ChunkPlanner planner = control.chunkPlanner();
      for (Table table : control.tables()) {
        List<Row> all = snapshot(source, table, KeyRange.everything());
        assertThat(all).as(table.toString()).hasSize(100);
        List<Key> bounds = new ArrayList<>();
        Optional<Key> from = Optional.empty();
        while (true) {
          Optional<Key> next = planner.nextBoundary(table, from, Optional.empty(), 30);
          if (next.isEmpty()) {
            break;
          }
          bounds.add(next.get());
          from = next;
        }
        assertThat(bounds).as(table.toString()).hasSizeBetween(2, 5);
        int read = 0;
        try (SourceLookup lookup = source.openLookup(1, List.of(table))) {
          for (int chunk = 0; chunk <= bounds.size(); chunk++) {
            Optional<Key> lower =
                chunk == 0 ? Optional.empty() : Optional.of(bounds.get(chunk - 1));
            Optional<Key> upper =
                chunk == bounds.size() ? Optional.empty() : Optional.of(bounds.get(chunk));
            List<Row> rows = snapshot(source, table, KeyRange.between(lower, upper));
            read += rows.size();
            List<Key> keys = rows.stream().map(row -> Key.of(table, row)).toList();
            assertThat(lookup.locate(table, keys, bounds)).containsOnly(chunk);
            assertThat(snapshot(source, table, KeyRange.Points.of(keys.get(0))))
                .containsExactly(rows.get(0));
          }
        }
        assertThat(read).as(table.toString()).isEqualTo(100);
      }
    }
  }

  @Test
  void rowFiltersSeeTheDatabasesOwnValues() throws Exception {
    server.execute(
        database,
        "CREATE TABLE t (id int PRIMARY KEY, v int[], d date)",
        "ALTER TABLE t REPLICA IDENTITY FULL");
    SourceDatabase source =
        source(Map.of(new TableId("public", "t"), "v[1] > 1 AND d > '2024-01-01'"));
    LogStart start;
    Table table;
    try (SourceControl control = source.openControl(1)) {
      start = control.createLog();
      table = control.tables().get(0);
    }
    server.execute(
        database,
        "INSERT INTO t VALUES (1, '{1}', '2024-02-01'), (2, '{2}', '2024-02-01'),"
            + " (3, '{2}', '2023-02-01')");
    List<List<String>> expected = List.of(List.of("2", "[2]", "2024-02-01"));
    assertThat(texts(table, snapshot(source, table, KeyRange.everything()))).isEqualTo(expected);
    assertThat(texts(table, log(source, start, table, 1))).isEqualTo(expected);
  }

  @Test
  void sequencesGoByTheNameOfTheTableThatNumbersItsRows() throws Exception {
    server.execute(
        database,
        "CREATE TABLE a (id serial PRIMARY KEY)",
        "CREATE TABLE b (x serial, id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY)",
        "CREATE TABLE c (id int PRIMARY KEY)",
        "INSERT INTO a VALUES (DEFAULT), (DEFAULT)",
        "INSERT INTO b VALUES (DEFAULT)",
        "INSERT INTO b (x) VALUES (7)");
    SourceDatabase source = source(Map.of());
    try (SourceControl control = source.openControl(1);
        SourceLookup lookup = source.openLookup(1, control.tables())) {
      assertThat(lookup.sequences())
          .containsExactlyInAnyOrder(
              new SequenceValue(new TableId("public", "a"), 2, true),
              new SequenceValue(new TableId("public", "b"), 2, true));
    }
  }
}
