package io.tidemark.database.mysql.log;

import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.database.mysql.position.MySqlPositions;
import io.tidemark.database.mysql.rows.CellReader;
import io.tidemark.database.mysql.rows.DefaultRows;
import io.tidemark.database.mysql.rows.MariaDbCompression;
import io.tidemark.database.mysql.rows.RowLayout;
import io.tidemark.database.mysql.rows.RowsEvent;
import io.tidemark.database.mysql.rows.RowsReader;
import io.tidemark.database.mysql.rows.TableMap;
import io.tidemark.database.mysql.session.EventBytes;
import io.tidemark.database.mysql.session.ValueBytes;
import io.tidemark.database.mysql.value.BinaryDecimal;
import io.tidemark.database.mysql.value.FieldType;
import io.tidemark.database.mysql.value.JsonBinary;
import io.tidemark.database.mysql.value.JsonDiff;
import io.tidemark.database.mysql.value.JsonNode;
import io.tidemark.database.mysql.wire.GtidEvents;
import io.tidemark.database.mysql.wire.LoggedQuery;
import io.tidemark.database.mysql.wire.TransactionPayload;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a fuzzer drives to look for parts of a binary log that are neither read nor refused. The
 * first byte says which part the rest is taken for.
 */
public final class BinlogFuzz {

  /** The parts of the log that are read for themselves. */
  public enum Part {
    JSON,
    JSON_DIFFERENCE,
    TABLE_MAP,
    ROWS,
    PAYLOAD,
    COMPRESSED_QUERY,
    COMPRESSED_ROWS,
    QUERY,
    GTID,
    TAGGED_GTID,
    MARIADB_GTID,
    EVENT
  }

  private BinlogFuzz() {}

  /** The entry point that Jazzer looks for. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    Part[] parts = Part.values();
    try {
      read(parts[(input[0] & 0xff) % parts.length], Arrays.copyOfRange(input, 1, input.length));
    } catch (IllegalArgumentException | DatabaseException refused) {
      if (refused.getMessage() == null || refused.getMessage().isBlank()) {
        throw new IllegalStateException("refused without a word", refused);
      }
    }
  }

  /** All that the part holds. */
  public static Object read(Part part, byte[] input) {
    EventBytes in = new EventBytes(input, 0, input.length);
    return switch (part) {
      case JSON -> print(JsonBinary.parse(in));
      case JSON_DIFFERENCE -> {
        EventBytes document = in.take(in.u8());
        yield print(JsonDiff.apply(JsonBinary.parse(document), in));
      }
      case TABLE_MAP -> {
        TableMap map = TableMap.parse(in);
        yield map.table() + " " + map.columns() + map.names();
      }
      case ROWS -> rows(in, RowsReader.Action.UPDATE);
      case PAYLOAD -> {
        List<Integer> sizes = new ArrayList<>();
        TransactionPayload.forEach(in, event -> sizes.add(event.remaining()));
        yield sizes;
      }
      case COMPRESSED_QUERY -> LoggedQuery.parse(MariaDbCompression.query(in));
      case COMPRESSED_ROWS ->
          rows(
              MariaDbCompression.rows(in, new RowsEvent(RowsReader.Action.UPDATE, false, true)),
              RowsReader.Action.UPDATE);
      case QUERY -> {
        LoggedQuery query = LoggedQuery.parse(in);
        yield LoggedStatement.parse(query.schema(), query.sql(), query.dialect(true));
      }
      case GTID -> GtidEvents.mysql(in, false);
      case TAGGED_GTID -> GtidEvents.tagged(in);
      case MARIADB_GTID -> GtidEvents.mariaDb(in, 1);
      case EVENT -> events(in);
    };
  }

  /** A log of events of an unknown table, with a length in front of each. */
  private static Object events(EventBytes in) {
    MySqlSource source = source();
    LogTransactions transactions =
        new LogTransactions(
            Map.of(),
            new LogRules(false, Optional.empty(), UpdateCascades.NONE),
            source.own().settings(),
            new DefaultRows(source.own(), 1, Map.of()),
            Backlog.UNALTERED,
            (BinlogPosition) new MySqlPositions().logPosition("mysql:"));
    while (in.hasRemaining()) {
      transactions.take(in.take(in.u8()));
    }
    return transactions.position();
  }

  /** One that cannot be connected to. */
  public static MySqlSource source() {
    return new MySqlSource(
        new ConnectionSpec("jdbc:mysql://127.0.0.1:1/x", "u", ""),
        "s",
        new Selection(List.of("*"), Map.of(), Map.of()),
        SourceSettings.DEFAULT);
  }

  private static String print(JsonNode node) {
    ValueBytes out = new ValueBytes(64);
    node.print(out);
    return new String(out.array(), 0, out.size(), java.nio.charset.StandardCharsets.UTF_8);
  }

  /** The description of a table with a column of each kind. */
  public static byte[] description() {
    return new byte[] {
      1,
      'd',
      0,
      1,
      't',
      0,
      9, // d.t with nine columns
      FieldType.LONG,
      FieldType.DOUBLE,
      (byte) FieldType.DECIMAL,
      FieldType.BIT,
      FieldType.DATETIME2,
      FieldType.TIME2,
      (byte) FieldType.JSON,
      (byte) FieldType.BLOB,
      FieldType.VARCHAR,
      11,
      8,
      10,
      3,
      3,
      1,
      6,
      2,
      4,
      2,
      44,
      1, // their modifiers
      (byte) 0xff,
      1
    };
  }

  private static Object rows(EventBytes in, RowsReader.Action action) {
    List<CellReader> readers =
        List.of(
            new CellReader.Whole(false),
            new CellReader.Real(8),
            new CellReader.Decimal(new BinaryDecimal(10, 3)),
            new CellReader.Bits(11),
            new CellReader.Moment(FieldType.DATETIME2, 6),
            new CellReader.Moment(FieldType.TIME2, 2),
            new CellReader.Json(),
            new CellReader.Same(),
            new CellReader.Same());
    List<String> changes = new ArrayList<>();
    new RowsReader(layout(description(), readers), null, action, false, in)
        .forEach(change -> changes.add(print(change)));
    return changes;
  }

  /** A table without a key, as a log describes it, whose columns are read so. */
  public static RowLayout layout(byte[] description, List<CellReader> readers) {
    TableMap map = TableMap.parse(new EventBytes(description, 0, description.length));
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < readers.size(); i++) {
      columns.add(new Column("c" + i, "x", true));
    }
    Table table = new Table(map.table(), columns, Optional.empty());
    RowLayout.Builder layout = new RowLayout.Builder(table, map);
    for (int i = 0; i < readers.size(); i++) {
      layout.field(i, i, readers.get(i));
    }
    return layout.build();
  }

  private static String print(RowChange change) {
    return LogTranscript.print(change);
  }
}
