package io.tidemark.database.postgres.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.PortableRows;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.change.SequenceValue;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.PortableSchema;
import io.tidemark.database.PortableSchema.Action;
import io.tidemark.database.PortableSchema.ColumnDefinition;
import io.tidemark.database.PortableSchema.DefaultValue;
import io.tidemark.database.PortableSchema.ForeignKey;
import io.tidemark.database.PortableSchema.Index;
import io.tidemark.database.PortableSchema.IndexPart;
import io.tidemark.database.PortableSchema.TableDefinition;
import io.tidemark.database.SchemaDescription;
import io.tidemark.database.TargetFinish;
import io.tidemark.database.TargetWriter;
import io.tidemark.database.TargetWriter.ChunkLoad;
import io.tidemark.database.TargetWriter.RowBatch;
import io.tidemark.database.postgres.PostgresSource;
import io.tidemark.database.postgres.PostgresTarget;
import io.tidemark.database.postgres.session.PostgresSessions;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import io.tidemark.schema.ValueType.Binary;
import io.tidemark.schema.ValueType.Bits;
import io.tidemark.schema.ValueType.Decimal;
import io.tidemark.schema.ValueType.Enumeration;
import io.tidemark.schema.ValueType.Int;
import io.tidemark.schema.ValueType.LabelSet;
import io.tidemark.schema.ValueType.Plain;
import io.tidemark.schema.ValueType.Real;
import io.tidemark.schema.ValueType.Text;
import io.tidemark.schema.ValueType.Time;
import io.tidemark.schema.ValueType.Timestamp;
import io.tidemark.schema.ValueType.Vector;
import io.tidemark.settings.CheckedJob;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import io.tidemark.testing.GoldenValues;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Another vendor's tables and rows at a PostgreSQL target. */
class PortablePostgresTargetIT {

  private static final TableId VALUES = new TableId("shop", "values");

  @Postgres private static PostgresServer server;
  private static int databases;

  private String database;
  private PostgresTarget target;

  @BeforeEach
  void createDatabase() throws Exception {
    database = "target_" + databases++;
    server.createDatabase(database);
    target = new PostgresTarget(server.spec(database), database, Renaming.none());
  }

  /** Values of a type, the type that is made for them, and how PostgreSQL prints them then. */
  private record Golden(ValueType kind, String type, GoldenValues values) {}

  private static Golden golden(ValueType kind, String type, String... portableAndPrinted) {
    return new Golden(kind, type, GoldenValues.of(portableAndPrinted));
  }

  private static final String MAX_DOUBLE = "1.7976931348623157E308";

  private static final List<Golden> GOLDEN =
      List.of(
          golden(Plain.BOOLEAN, "boolean", "1", "t", "0", "f"),
          golden(new Int(8, false), "smallint", "-128", "-128", "127", "127"),
          golden(new Int(8, true), "smallint", "255", "255"),
          golden(new Int(16, true), "integer", "65535", "65535"),
          golden(new Int(24, false), "integer", "-8388608", "-8388608"),
          golden(new Int(32, true), "bigint", "4294967295", "4294967295"),
          golden(new Int(64, false), "bigint", "-9223372036854775808", "-9223372036854775808"),
          golden(
              new Int(64, true), "numeric(20,0)", "18446744073709551615", "18446744073709551615"),
          golden(
              new Decimal(65, 30),
              "numeric(65,30)",
              "-" + "9".repeat(35) + "." + "9".repeat(30),
              "-" + "9".repeat(35) + "." + "9".repeat(30),
              "0." + "0".repeat(30),
              "0." + "0".repeat(30)),
          golden(new Real(32), "real", "1.4E-45", "1e-45", "3.4028235E38", "3.4028235e+38"),
          golden(
              new Real(64),
              "double precision",
              MAX_DOUBLE,
              "1.7976931348623157e+308",
              "4.9E-324",
              "5e-324",
              "-0.0",
              "-0"),
          golden(
              new Text(10, false),
              "character varying(10)",
              "",
              "",
              "a\tb\\n\r\n",
              "a\tb\\n\r\n",
              "😀 ",
              "😀 "),
          golden(new Text(5, true), "character varying(5)", "ab", "ab"),
          golden(new Text(0, true), "character varying(1)", "", ""),
          golden(new Text(65535, false), "text", "\\N", "\\N", "\\.", "\\."),
          golden(new Binary(16, true), "bytea", "00ff5c0a", "\\x00ff5c0a", "", "\\x"),
          golden(new Bits(64, false), "bit(64)", "1".repeat(64), "1".repeat(64)),
          golden(Plain.DATE, "date", "1000-01-01", "1000-01-01", "9999-12-31", "9999-12-31"),
          golden(Plain.YEAR, "smallint", "1901", "1901", "0000", "0"),
          golden(new Time(6), "time(6) without time zone", "23:59:59.500000", "23:59:59.5"),
          golden(
              new Timestamp(3, false),
              "timestamp(3) without time zone",
              "2024-02-29 23:59:59.120",
              "2024-02-29 23:59:59.12"),
          golden(
              new Timestamp(6, true),
              "timestamp(6) with time zone",
              "1970-01-01 00:00:01.000000",
              "1970-01-01 00:00:01+00"),
          golden(new Enumeration(List.of("a", "it's")), "text", "it's", "it's", "", ""),
          golden(new LabelSet(List.of("x", "y")), "text", "x,y", "x,y", "", ""),
          golden(
              Plain.JSON,
              "json",
              "{\"b\": 123456789012345678901234567890, \"a\": \"\\u0000\"}",
              "{\"b\": 123456789012345678901234567890, \"a\": \"\\u0000\"}"),
          golden(
              Plain.UUID,
              "uuid",
              "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
              "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
          golden(Plain.GEOMETRY, "bytea", "000000000101", "\\x000000000101"),
          golden(new Vector(3), "real[]", "0000803f000020c0", "{1,-2.5}", "", "{}"),
          golden(Plain.NUMBER, "numeric", "1.500", "1.500", "-Infinity", "-Infinity"));

  @Test
  void everyTypeArrivesThroughTheChunkAndThroughTheLog() throws Exception {
    List<ColumnDefinition> columns = new ArrayList<>(List.of(column("id", new Int(32, false))));
    for (int i = 0; i < GOLDEN.size(); i++) {
      columns.add(column("c" + i, GOLDEN.get(i).kind()));
    }
    SchemaDescription description = description(table(VALUES, columns, "id"));
    assertThat(check(description)).isEmpty();
    target.prepareTables(description, Set.of(), ExistingRows.FAIL);
    assertThat(
            list(
                "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid ="
                    + " 'shop.values'::regclass AND attnum > 1 ORDER BY attnum"))
        .isEqualTo(GOLDEN.stream().map(Golden::type).toList());

    Table table = asTable(VALUES, columns, "id");
    List<Row> rows = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (int r = 0; r < 4; r++) {
      List<String> values = new ArrayList<>(List.of(Integer.toString(r)));
      List<String> printed = new ArrayList<>();
      for (Golden column : GOLDEN) {
        values.add(column.values().written(r).orElse(null));
        printed.add(column.values().found(r).orElse(null));
      }
      rows.add(row(table, values));
      expected.add(String.valueOf(printed));
    }
    try (TargetWriter writer = target.openWriter("test")) {
      load(writer, table, rows);
      writer.apply(new RowBatch(table, List.of(), List.of(), moved(table, rows, 10)));
      for (Row row : moved(table, rows, 20)) {
        writer.applySingly(new RowChange.Insert(table, row));
      }
      writer.apply(
          new RowBatch(table, List.of(), moved(table, List.of(rows.get(0)), 13), List.of()));
      writer.commit();
    }
    List<String> wanted = new ArrayList<>(expected);
    wanted.addAll(expected.subList(0, 3));
    wanted.add(expected.get(0));
    wanted.addAll(expected);
    assertThat(printed()).isEqualTo(wanted);
  }

  private static ColumnDefinition column(String name, ValueType values) {
    return new ColumnDefinition(
        name, values.toString(), values, !name.equals("id"), false, DefaultValue.Plain.NONE);
  }

  private static TableDefinition table(TableId id, List<ColumnDefinition> columns, String... key) {
    return new TableDefinition(id, columns, List.of(key), List.of(), List.of());
  }

  private static SchemaDescription description(TableDefinition... tables) {
    PortableSchema schema = new PortableSchema(List.of(tables), List.of());
    return () -> schema;
  }

  private static Table asTable(TableId id, List<ColumnDefinition> columns, String... key) {
    return new Table(
        id,
        columns.stream()
            .map(c -> new Column(c.name(), c.type(), c.nullable(), c.values()))
            .toList(),
        key.length == 0 ? Optional.empty() : Optional.of(new PrimaryKey(List.of(key))));
  }

  private List<String> check(SchemaDescription description) {
    return target
        .check(
            new CheckedJob(2, ExistingRows.FAIL, false),
            new PostgresSource(
                    server.spec(database), "other", new Selection(List.of("*"), Map.of(), Map.of()))
                .portable(),
            Optional.of(description))
        .stream()
        .map(finding -> finding.severity() + " " + finding.where() + ": " + finding.problem())
        .toList();
  }

  /** Raw values are given as hexadecimal digits. */
  private static Row row(Table table, List<String> values) {
    PortableRows.Encoder encoder = new PortableRows.Encoder();
    encoder.begin();
    for (int i = 0; i < values.size(); i++) {
      String value = values.get(i);
      if (value == null) {
        encoder.nullValue();
      } else {
        encoder.value(
            table.columns().get(i).values().isRaw()
                ? HexFormat.of().parseHex(value)
                : value.getBytes(StandardCharsets.UTF_8));
      }
    }
    encoder.end();
    PortableRows.Decoder decoder = new PortableRows.Decoder(values.size());
    byte[] bytes = encoder.take();
    decoder.add(bytes, bytes.length);
    return decoder.next().orElseThrow();
  }

  private static List<Row> moved(Table table, List<Row> rows, int by) {
    return rows.stream()
        .map(
            row -> {
              List<String> values = new ArrayList<>();
              for (int i = 0; i < row.size(); i++) {
                values.add(
                    row.isNull(i)
                        ? null
                        : table.columns().get(i).values().isRaw()
                            ? HexFormat.of()
                                .formatHex(
                                    row.array(), row.offset(i), row.offset(i) + row.length(i))
                            : row.text(i));
              }
              values.set(0, Integer.toString(Integer.parseInt(values.get(0)) + by));
              return row(table, values);
            })
        .toList();
  }

  private static long load(TargetWriter writer, Table table, List<Row> rows) {
    PortableRows.Encoder encoder = new PortableRows.Encoder();
    for (Row row : rows) {
      encoder.begin();
      for (int i = 0; i < row.size(); i++) {
        if (row.isNull(i)) {
          encoder.nullValue();
        } else {
          encoder.value(row.array(), row.offset(i), row.length(i));
        }
      }
      encoder.end();
    }
    byte[] bytes = encoder.take();
    ChunkLoad chunk = writer.beginChunk(table, PortableRows.FORMAT);
    int half = bytes.length / 2;
    chunk.write(java.util.Arrays.copyOf(bytes, half), half);
    chunk.write(java.util.Arrays.copyOfRange(bytes, half, bytes.length), bytes.length - half);
    return chunk.end();
  }

  private List<String> list(String sql) throws SQLException {
    try (Connection connection = PostgresSessions.open(server.spec(database), "test");
        ResultSet rows = connection.createStatement().executeQuery(sql)) {
      List<String> list = new ArrayList<>();
      while (rows.next()) {
        list.add(rows.getString(1));
      }
      return list;
    }
  }

  /** The rows of the table of values without their ids, in the order of these. */
  private List<String> printed() throws SQLException {
    try (Connection connection = PostgresSessions.open(server.spec(database), "test");
        ResultSet rows =
            connection.createStatement().executeQuery("SELECT * FROM shop.values ORDER BY id")) {
      List<String> printed = new ArrayList<>();
      while (rows.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 0; i < GOLDEN.size(); i++) {
          row.add(rows.getString(i + 2));
        }
        printed.add(String.valueOf(row));
      }
      return printed;
    }
  }

  private static ColumnDefinition automatic(String name, ValueType values) {
    return new ColumnDefinition(name, "int", values, false, true, DefaultValue.Plain.NONE);
  }

  private static ColumnDefinition withDefault(String name, ValueType values, DefaultValue value) {
    return new ColumnDefinition(name, "x", values, true, false, value);
  }

  @Test
  void defaultsNumbersIndexesAndForeignKeysAreMadeOnce() throws Exception {
    TableId users = new TableId("shop", "Users");
    TableId orders = new TableId("shop", "order");
    SchemaDescription description =
        description(
            new TableDefinition(
                users,
                List.of(
                    automatic("id", new Int(64, true)),
                    column("E-mail", new Text(100, false)),
                    withDefault("active", Plain.BOOLEAN, new DefaultValue.Literal("1")),
                    withDefault(
                        "since", new Timestamp(0, true), DefaultValue.Plain.CURRENT_TIMESTAMP),
                    withDefault("born", Plain.DATE, new DefaultValue.Literal("0000-00-00"))),
                List.of("id"),
                List.of(new Index("name", true, List.of(new IndexPart("E-mail", false)))),
                List.of()),
            new TableDefinition(
                orders,
                List.of(automatic("id", new Int(16, false)), column("user", new Int(64, true))),
                List.of("id"),
                List.of(
                    new Index(
                        "name",
                        false,
                        List.of(new IndexPart("user", false), new IndexPart("id", true)))),
                List.of(
                    new ForeignKey(
                        "fk",
                        List.of("user"),
                        users,
                        List.of("id"),
                        Action.CASCADE,
                        Action.SET_NULL),
                    new ForeignKey(
                        "dangling",
                        List.of("user"),
                        users,
                        List.of("active"),
                        Action.NO_ACTION,
                        Action.NO_ACTION))));
    assertThat(check(description))
        .containsExactly(
            "WARNING target: the default of column born of table shop.Users is left out: it has a"
                + " date with a zero for its year, month or day, which PostgreSQL's calendar lacks",
            "WARNING target: foreign key dangling of table shop.order is left out: what it refers"
                + " to is not selected, or not a unique key");
    for (int start = 0; start < 2; start++) {
      TargetFinish finish =
          target.prepareTables(
              description, start == 0 ? Set.of() : Set.of(users, orders), ExistingRows.FAIL);
      finish.finish("finish");
      try (TargetWriter writer = target.openWriter("test")) {
        writer.setSequences(
            List.of(new SequenceValue(users, 41, true), new SequenceValue(orders, 40_000, false)));
        writer.commit();
      }
    }
    assertThat(
            list(
                "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid IN"
                    + " ('shop.\"Users\"'::regclass, 'shop.order'::regclass) ORDER BY 1"))
        .containsExactly(
            "CREATE INDEX name_1 ON shop.\"order\" USING btree (\"user\", id DESC)",
            "CREATE UNIQUE INDEX \"Users_pkey\" ON shop.\"Users\" USING btree (id)",
            "CREATE UNIQUE INDEX name ON shop.\"Users\" USING btree (\"E-mail\")",
            "CREATE UNIQUE INDEX order_pkey ON shop.\"order\" USING btree (id)");
    assertThat(
            list(
                "SELECT pg_get_constraintdef(oid) || convalidated FROM pg_constraint WHERE contype"
                    + " = 'f'"))
        .containsExactly(
            "FOREIGN KEY (\"user\") REFERENCES shop.\"Users\"(id) ON UPDATE CASCADE ON DELETE SET"
                + " NULLtrue");
    assertThat(
            list(
                "INSERT INTO shop.\"Users\" (\"E-mail\") VALUES ('a') RETURNING id || ' ' || active"
                    + " || ' ' || (since > now() - interval '1 min')"))
        .containsExactly("42 true true");
    assertThatThrownBy(() -> list("INSERT INTO shop.order (\"user\") VALUES (1) RETURNING id"))
        .hasMessageContaining("reached maximum value of sequence");
  }

  @Test
  void badValuesNameTableKeyAndColumn() throws Exception {
    record Bad(ValueType type, String hex, String why) {}
    List<Bad> bad =
        List.of(
            new Bad(new Text(9, false), "610062", "U+0000"),
            new Bad(Plain.DATE, hex("0000-00-00"), "zero"),
            new Bad(Plain.DATE, hex("2024-00-10"), "zero"),
            new Bad(Plain.DATE, hex("2023-02-29"), "in no calendar"),
            new Bad(new Timestamp(0, false), hex("0000-00-00 00:00:00"), "zero"),
            new Bad(new Time(0), hex("-01:00:00"), "interval"),
            new Bad(new Time(0), hex("838:59:59"), "interval"),
            new Bad(new Time(1), hex("24:00:00.1"), "interval"));
    List<ColumnDefinition> columns = new ArrayList<>(List.of(column("id", new Binary(4, true))));
    for (int i = 0; i < bad.size(); i++) {
      columns.add(column("c" + i, bad.get(i).type()));
    }
    target.prepareTables(description(table(VALUES, columns, "id")), Set.of(), ExistingRows.FAIL);
    Table table = asTable(VALUES, columns, "id");
    try (TargetWriter writer = target.openWriter("test")) {
      for (int i = 0; i < bad.size(); i++) {
        List<String> values = new ArrayList<>(java.util.Collections.nCopies(columns.size(), null));
        values.set(0, "00ff");
        byte[] text = HexFormat.of().parseHex(bad.get(i).hex());
        values.set(i + 1, new String(text, StandardCharsets.UTF_8));
        Row row = row(table, values);
        String why = bad.get(i).why();
        String column = "column c" + i;
        for (int way = 0; way < 3; way++) {
          int chosen = way;
          assertThatThrownBy(
                  () -> {
                    if (chosen == 0) {
                      load(writer, table, List.of(row));
                    } else if (chosen == 1) {
                      writer.apply(new RowBatch(table, List.of(), List.of(), List.of(row)));
                    } else {
                      writer.applySingly(new RowChange.Insert(table, row));
                    }
                  })
              .isInstanceOfSatisfying(
                  DatabaseException.class,
                  e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.DATA))
              .hasMessageContainingAll("shop.values", "key [00ff]", column, why);
          writer.rollback();
        }
      }
    }
    assertThat(list("SELECT count(*) FROM shop.values")).containsExactly("0");
  }

  @Test
  void badValuesBecomeNullWhereTheJobSaysSoAndTheColumnMayBeNull() throws Exception {
    List<ColumnDefinition> columns =
        List.of(
            column("id", Plain.DATE),
            column("d", Plain.DATE),
            new ColumnDefinition("n", "date", Plain.DATE, false, false, DefaultValue.Plain.NONE));
    SchemaDescription description = description(table(VALUES, columns, "id"));
    target.prepareTables(description, Set.of(), ExistingRows.FAIL);
    Table table = asTable(VALUES, columns, "id");
    PostgresTarget lenient =
        new PostgresTarget(server.spec(database), database, Renaming.none(), OnBadValue.NULL);
    try (TargetWriter writer = lenient.openWriter("test")) {
      load(writer, table, List.of(row(table, List.of("2024-01-01", "0000-00-00", "2024-01-02"))));
      writer.applySingly(
          new RowChange.Insert(
              table, row(table, List.of("2024-01-03", "2024-02-31", "2024-01-04"))));
      writer.commit();
      for (List<String> bad :
          List.of(
              List.of("0000-00-00", "2024-01-01", "2024-01-02"),
              List.of("2024-01-05", "2024-01-01", "0000-00-00"))) {
        assertThatThrownBy(() -> load(writer, table, List.of(row(table, bad))))
            .hasMessageContaining("zero");
        writer.rollback();
      }
    }
    assertThat(list("SELECT x::text FROM shop.values AS x ORDER BY id"))
        .containsExactly("(2024-01-01,,2024-01-02)", "(2024-01-03,,2024-01-04)");
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void tablesThatAreThereMayHaveOtherTypesThatTakeTheValues() throws Exception {
    server.execute(
        database,
        "CREATE SCHEMA shop",
        "CREATE TYPE shop.mood AS ENUM ('good', '')",
        "CREATE TABLE shop.values (id bigint PRIMARY KEY, a boolean, b uuid, c uuid, d interval,"
            + " e jsonb, f shop.mood, g timestamp)");
    List<ColumnDefinition> columns =
        List.of(
            column("id", new Int(64, true)),
            column("a", new Int(8, false)),
            column("b", new Binary(16, true)),
            column("c", new Text(36, true)),
            column("d", new Time(0)),
            column("e", Plain.JSON),
            column("f", new Enumeration(List.of("good"))),
            column("g", new Timestamp(0, true)));
    SchemaDescription description = description(table(VALUES, columns, "id"));
    assertThat(check(description)).isEmpty();
    target.prepareTables(description, Set.of(), ExistingRows.FAIL);
    Table table = asTable(VALUES, columns, "id");
    try (TargetWriter writer = target.openWriter("test")) {
      load(
          writer,
          table,
          List.of(
              row(
                  table,
                  List.of(
                      "7",
                      "1",
                      "a0eebc999c0b4ef8bb6d6bb9bd380a11",
                      "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12",
                      "-838:59:59",
                      "{\"b\":1.10,\"a\":[]}",
                      "",
                      "2024-01-01 00:00:00"))));
      writer.commit();
    }
    assertThat(list("SELECT t::text FROM shop.values AS t"))
        .containsExactly(
            "(7,t,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12,"
                + "-838:59:59,\"{\"\"a\"\": [], \"\"b\"\": 1.10}\",\"\",\"2024-01-01 00:00:00\")");
    server.execute(
        database,
        "DROP TABLE shop.values",
        "CREATE TABLE shop.values (id bigint PRIMARY KEY, a bytea, b text, c integer)");
    assertThat(check(description))
        .singleElement()
        .asString()
        .contains(
            "has column a as bytea",
            "has column b as text",
            "has column c as integer",
            "has no column d");
  }

  /** What an assignment would round or cut without a word. */
  @Test
  void aColumnThatWouldChangeValuesIsNotWrittenTo() throws Exception {
    List<Map.Entry<ValueType, String>> pairs =
        List.of(
            Map.entry(new Real(64), "numeric(5,0)"),
            Map.entry(new Real(64), "real"),
            Map.entry(new Real(64), "integer"),
            Map.entry(new Int(32, false), "oid"),
            Map.entry(new Decimal(5, 0), "numeric(5,-2)"),
            Map.entry(new Time(0), "interval(0)"),
            Map.entry(new Text(100, false), "name"),
            Map.entry(new Text(100, false), "jsonb"),
            Map.entry(new Text(100, false), "interval"),
            Map.entry(new Text(100, false), "bytea"));
    server.execute(database, "CREATE SCHEMA shop");
    for (Map.Entry<ValueType, String> pair : pairs) {
      server.execute(
          database,
          "DROP TABLE IF EXISTS shop.values",
          "CREATE TABLE shop.values (id bigint PRIMARY KEY, v " + pair.getValue() + ")");
      List<ColumnDefinition> columns =
          List.of(column("id", new Int(32, false)), column("v", pair.getKey()));
      assertThat(check(description(table(VALUES, columns, "id"))))
          .as(pair.toString())
          .singleElement()
          .asString()
          .contains("has column v as " + pair.getValue(), "make it ");
      Table table = asTable(VALUES, columns, "id");
      try (TargetWriter writer = target.openWriter("test")) {
        assertThatThrownBy(() -> load(writer, table, List.of(row(table, List.of("1", "1")))))
            .as(pair.toString())
            .isInstanceOfSatisfying(
                DatabaseException.class,
                e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.FATAL))
            .hasMessageContaining("column v is ");
      }
    }
  }

  @Test
  void aValueThatAColumnWouldRoundOrCutIsRefused() throws Exception {
    List<ColumnDefinition> columns =
        List.of(
            column("id", new Int(32, false)),
            column("n", new Decimal(10, 4)),
            column("at", new Timestamp(6, false)),
            column("t", new Text(9, false)));
    server.execute(
        database,
        "CREATE SCHEMA shop",
        "CREATE DOMAIN shop.cents AS numeric(10,2)",
        "CREATE TABLE shop.values (id int PRIMARY KEY, n shop.cents, at timestamp(0), t varchar(3))");
    assertThat(check(description(table(VALUES, columns, "id")))).isEmpty();
    Table table = asTable(VALUES, columns, "id");
    List<String> good = List.of("7", "1.2300", "2024-01-01 00:00:00.000000", "äöü");
    List<List<String>> bad =
        List.of(
            List.of("8", "1.2345", good.get(2), "x"),
            List.of("8", good.get(1), "2024-01-01 00:00:00.500000", "x"),
            List.of("8", good.get(1), good.get(2), "abc "));
    try (TargetWriter writer = target.openWriter("test")) {
      load(writer, table, List.of(row(table, good)));
      writer.commit();
      for (int i = 0; i < bad.size(); i++) {
        Row row = row(table, bad.get(i));
        String column = "key [8]: column " + columns.get(i + 1).name() + " ";
        assertThatThrownBy(() -> load(writer, table, List.of(row))).hasMessageContaining(column);
        writer.rollback();
        assertThatThrownBy(() -> writer.applySingly(new RowChange.Insert(table, row)))
            .hasMessageContaining(column);
        writer.rollback();
      }
    }
    assertThat(list("SELECT x::text FROM shop.values AS x"))
        .containsExactly("(7,1.23,\"2024-01-01 00:00:00\",äöü)");
  }

  @Test
  void namesThatPostgresWouldCutAreAnError() {
    TableId id = new TableId("shop", "ä".repeat(40));
    assertThat(check(description(table(id, List.of(column("id", new Int(32, false))), "id"))))
        .singleElement()
        .asString()
        .startsWith("ERROR")
        .contains("63 bytes");
  }

  /** Rows without a key are found by what the server prints of them. */
  @Test
  void rowsAreFoundByRawKeysAndWithoutAny() throws Exception {
    TableId bag = new TableId("shop", "bag");
    List<ColumnDefinition> columns =
        List.of(
            column("k", new Binary(4, false)),
            column("b", Plain.BOOLEAN),
            column("t", new Timestamp(6, true)),
            column("j", Plain.JSON),
            column("r", new Real(64)));
    target.prepareTables(
        description(table(VALUES, columns, "k"), table(bag, columns)), Set.of(), ExistingRows.FAIL);
    Table keyed = asTable(VALUES, columns, "k");
    Table bare = asTable(bag, columns);
    List<String> one = List.of("00ff", "1", "2024-01-01 00:00:00.100000", "{\"a\": 1}", "1.0E22");
    List<String> other = List.of("00fe", "0", "2024-01-01 00:00:00.000000", "[]", "-0.0");
    List<String> third = List.of("01", "0", "2024-01-01 00:00:00.000000", "[]", "0.0");
    try (TargetWriter writer = target.openWriter("test")) {
      for (Table table : List.of(keyed, bare)) {
        load(writer, table, List.of(row(table, one), row(table, other)));
        writer.applySingly(
            new RowChange.Update(table, Optional.of(row(table, one)), row(table, third)));
        writer.applySingly(new RowChange.Delete(table, row(table, other)));
      }
      writer.applySingly(
          new RowChange.Clear(
              keyed,
              KeyRange.between(Optional.of(new Key(List.of("00"))), Optional.empty()),
              List.of(new Key(List.of("01")))));
      writer.commit();
    }
    for (String table : List.of("values", "bag")) {
      assertThat(list("SELECT x::text FROM shop." + table + " AS x"))
          .containsExactly("(\"\\\\x01\",f,\"2024-01-01 00:00:00+00\",[],0)");
    }
  }
}
