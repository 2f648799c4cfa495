package io.tidemark.change;

import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One event of every kind, with every kind of change and of value: what was recorded. */
final class EventSamples {

  private static final byte[] SHARED =
      "everything that a message held: 1ü\0".getBytes(StandardCharsets.UTF_8);

  private static final List<ValueType> TYPES =
      List.of(
          ValueType.Plain.OWN,
          ValueType.Plain.BOOLEAN,
          ValueType.Plain.NUMBER,
          ValueType.Plain.DATE,
          ValueType.Plain.YEAR,
          ValueType.Plain.UUID,
          ValueType.Plain.JSON,
          ValueType.Plain.GEOMETRY,
          new ValueType.Int(24, true),
          new ValueType.Decimal(65, 30),
          new ValueType.Real(64),
          new ValueType.Text(4_294_967_295L, false),
          new ValueType.Binary(255, true),
          new ValueType.Bits(64, true),
          new ValueType.Time(6),
          new ValueType.Timestamp(3, true),
          new ValueType.Enumeration(List.of("a", "ü", "")),
          new ValueType.LabelSet(List.of("x")),
          new ValueType.Vector(16_383));

  private static final Table EVERY_TYPE = everyType();

  private static final Table ORDERS =
      new Table(
          new TableId("public", "Order \"ü\""),
          2,
          List.of(
              new Column("id", "numeric(10,2)", false),
              new Column("note", "text", true),
              new Column("big", "text", true)),
          Optional.of(new PrimaryKey(List.of("id"))));

  private static final Table KEYLESS =
      new Table(
          new TableId("public", "k"), List.of(new Column("a", "int", true)), Optional.empty());

  private static final Key FIVE = new Key(List.of("5"));
  private static final Key NINE = new Key(List.of("9"));

  private static final Row WHOLE =
      Row.builder(SHARED, 3).setValue(0, 32, 1).setValue(1, 33, 2).setNull(2).build();

  private static final Row PART =
      Row.builder(SHARED, 3).setValue(0, 32, 1).setValue(1, 0, 0).build();

  private static final Chunk RANGE =
      new Chunk(ORDERS.id(), 3, KeyRange.between(Optional.of(FIVE), Optional.empty()));
  private static final Chunk POINT = new Chunk(ORDERS.id(), 0, KeyRange.Points.of(NINE));

  private static final Progress PROGRESS =
      new ChangeEventCodec.PrintedProgress("0/16B3748", "700-702,705");

  private EventSamples() {}

  private static Table everyType() {
    List<Column> columns = new ArrayList<>();
    for (ValueType type : TYPES) {
      columns.add(new Column("c" + columns.size(), "t" + columns.size(), true, type));
    }
    return new Table(
        new TableId("s", "t"), columns, Optional.of(new PrimaryKey(List.of("c8", "c0"))));
  }

  /** What version 2 has beyond version 1, in the order of its recording. */
  static List<ChangeEvent> ofVersionTwo() {
    return List.of(
        new ChangeEvent.Changes(
            List.of(
                new RowChange.Delete(ORDERS, WHOLE),
                new RowChange.Insert(ORDERS, WHOLE),
                new RowChange.Insert(ORDERS, WHOLE)),
            Optional.of(
                new ChangeEventCodec.PrintedOrigin(
                    "3E11FA47-71CA-11E1-9E33-C80AA9429562:23",
                    "binlog.000003:1234",
                    Instant.parse("2024-02-29T23:59:59.123456789Z"),
                    List.of(7L, 7L, 5_000_000_000L)))));
  }

  /** In the order of the recording; a new one goes to the end of both. */
  static List<ChangeEvent> all() {
    return List.of(
        new ChangeEvent.ChunkBegin(
            175_000_000_000L, 7, RANGE, EVERY_TYPE, "690:700:695@0/16B3000", PortableRows.FORMAT),
        new ChangeEvent.ChunkRows(new byte[] {0, 1, (byte) 0xff, 9, 9, 9}, 3),
        new ChangeEvent.ChunkRows(new byte[0], 0),
        new ChangeEvent.ChunkEnd(RANGE, 12_345_678_901L),
        new ChangeEvent.ChunkAborted(POINT),
        new ChangeEvent.Changes(
            List.of(
                new RowChange.Insert(ORDERS, WHOLE),
                new RowChange.Update(ORDERS, Optional.empty(), PART),
                new RowChange.Update(ORDERS, Optional.of(WHOLE), PART),
                new RowChange.Delete(KEYLESS, Row.builder(SHARED, 1).setValue(0, 32, 1).build()),
                new RowChange.Put(ORDERS, WHOLE),
                new RowChange.Remove(ORDERS, PART),
                new RowChange.Truncate(List.of(KEYLESS, ORDERS)),
                new RowChange.Clear(ORDERS, RANGE.range(), List.of(FIVE, NINE)),
                new RowChange.Reopen(ORDERS, NINE))),
        new ChangeEvent.Commit(
            175_000_000_001L, PROGRESS, Instant.parse("2024-02-29T23:59:59.123456789Z")),
        new ChangeEvent.Heartbeat(1, PROGRESS),
        new ChangeEvent.ReachedConsistency(2, PROGRESS),
        new ChangeEvent.SequenceValues(
            3,
            List.of(
                new SequenceValue(new TableId("public", "s"), -1, false),
                new SequenceValue(new TableId("public", "ü"), Long.MAX_VALUE, true))),
        new ChangeEvent.Changes(
            List.of(new RowChange.Uncover(ORDERS, (KeyRange.Between) RANGE.range()))));
  }
}
