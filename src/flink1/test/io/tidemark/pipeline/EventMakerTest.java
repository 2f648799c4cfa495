package io.tidemark.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.ChangeEvent;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import io.tidemark.table.RowRefusedException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.flink.cdc.common.data.RecordData;
import org.apache.flink.cdc.common.event.CreateTableEvent;
import org.apache.flink.cdc.common.event.DataChangeEvent;
import org.apache.flink.cdc.common.event.Event;
import org.apache.flink.cdc.common.types.DataTypes;
import org.junit.jupiter.api.Test;

class EventMakerTest {

  private static final TableId ID = new TableId("s", "t");

  private static final Table TABLE = table(0, column("id", new ValueType.Int(32, false), false));

  private final List<Event> events = new ArrayList<>();

  private static Column column(String name, ValueType values, boolean nullable) {
    return new Column(name, "a type", nullable, values);
  }

  /** With the first column as its key. */
  private static Table table(int version, Column... more) {
    List<Column> columns = new ArrayList<>(Arrays.asList(more));
    columns.add(column("v", new ValueType.Text(20, false), true));
    return new Table(
        ID, version, columns, Optional.of(new PrimaryKey(List.of(columns.get(0).name()))));
  }

  private static Row row(String... values) {
    return Row.ofText(Arrays.asList(values));
  }

  private void make(EventMaker maker, RowChange... changes) {
    maker.make(new ChangeEvent.Changes(List.of(changes)), events::add);
  }

  private static String told(Event event) {
    if (event instanceof DataChangeEvent change) {
      return change.op() + text(change.before()) + text(change.after());
    }
    return event.getClass().getSimpleName();
  }

  private static String text(RecordData row) {
    return row == null ? "" : " " + row.getInt(0) + (row.isNullAt(1) ? "" : row.getString(1));
  }

  @Test
  void theColumnsComeOnceBeforeTheFirstRow() {
    EventMaker maker = new EventMaker(List.of(TABLE));
    make(maker, new RowChange.Insert(TABLE, row("1", "a")));
    make(maker, new RowChange.Delete(TABLE, row("1", null)));
    assertThat(events)
        .extracting(EventMakerTest::told)
        .containsExactly("CreateTableEvent", "INSERT 1a", "DELETE 1");
    maker.tellAll(events::add);
    assertThat(events).hasSize(3);
    CreateTableEvent created = (CreateTableEvent) events.get(0);
    assertThat(created.tableId().toString()).isEqualTo("s.t");
    assertThat(created.getSchema().primaryKeys()).containsExactly("id");
    assertThat(created.getSchema().getColumnDataTypes())
        .containsExactly(DataTypes.INT().notNull(), DataTypes.VARCHAR(20));
  }

  @Test
  void aRowThatGetsAnotherKeyGoesAndComes() {
    EventMaker maker = new EventMaker(List.of(TABLE));
    make(
        maker,
        new RowChange.Update(TABLE, Optional.of(row("1", "a")), row("1", "b")),
        new RowChange.Update(TABLE, Optional.of(row("1", "b")), row("2", "b")));
    assertThat(events.subList(1, events.size()))
        .extracting(EventMakerTest::told)
        .containsExactly("UPDATE 1a 1b", "DELETE 1b", "INSERT 2b");
  }

  @Test
  void whatIsNotWholeIsRefused() {
    EventMaker maker = new EventMaker(List.of(TABLE));
    assertThatThrownBy(
            () -> make(maker, new RowChange.Update(TABLE, Optional.empty(), row("1", "b"))))
        .isInstanceOf(RowRefusedException.class)
        .hasMessageContaining("an update without its old row");
    Row key = Row.builder(new byte[] {'1'}, 2).setValue(0, 0, 1).build();
    assertThatThrownBy(() -> make(maker, new RowChange.Delete(TABLE, key)))
        .isInstanceOf(RowRefusedException.class)
        .hasMessageContaining("column v of table s.t")
        .hasMessageContaining("REPLICA IDENTITY FULL");
  }

  @Test
  void aTableThatIsAnotherOneIsRefusedAndOneThatOnlySaysSoIsNot() {
    EventMaker maker = new EventMaker(List.of(TABLE));
    Table same = table(1, column("id", new ValueType.Int(32, false), false));
    make(maker, new RowChange.Insert(same, row("1", "a")));
    assertThat(events).hasSize(2);
    Table wider = table(2, column("id", new ValueType.Int(64, false), false));
    assertThatThrownBy(() -> make(maker, new RowChange.Insert(wider, row("1", "a"))))
        .isInstanceOf(RowRefusedException.class)
        .hasMessageContaining("table s.t has other columns");
  }

  @Test
  void valuesAreThoseThatTheDatabaseHas() {
    Table table =
        new Table(
            ID,
            List.of(
                column("number", new ValueType.Int(64, true), true),
                column("decimal", new ValueType.Decimal(10, 2), true),
                column("truth", ValueType.Plain.BOOLEAN, true),
                column("day", ValueType.Plain.DATE, true),
                column("clock", new ValueType.Time(3), true),
                column("local", new ValueType.Timestamp(6, false), true),
                column("moment", new ValueType.Timestamp(6, true), true)),
            Optional.empty());
    EventMaker maker = new EventMaker(List.of(table));
    make(
        maker,
        new RowChange.Insert(
            table,
            row(
                "18446744073709551615",
                "1.25",
                "1",
                "2024-02-29",
                "01:02:03.004",
                "2024-02-03 04:05:06.789012",
                "2024-02-03 04:05:06.789012")));
    RecordData row = ((DataChangeEvent) events.get(1)).after();
    assertThat(row.getDecimal(0, 20, 0).toBigDecimal())
        .isEqualTo(new BigDecimal("18446744073709551615"));
    assertThat(row.getDecimal(1, 10, 2).toBigDecimal()).isEqualTo(new BigDecimal("1.25"));
    assertThat(row.getBoolean(2)).isTrue();
    assertThat(row.getDate(3).toLocalDate()).isEqualTo("2024-02-29");
    assertThat(row.getTime(4).toLocalTime()).isEqualTo(LocalTime.parse("01:02:03.004"));
    assertThat(row.getTimestamp(5, 6).toLocalDateTime())
        .isEqualTo(LocalDateTime.parse("2024-02-03T04:05:06.789012"));
    assertThat(row.getLocalZonedTimestampData(6, 6).toInstant())
        .isEqualTo(Instant.parse("2024-02-03T04:05:06.789012Z"));
  }

  @Test
  void whatHasNoTypeIsNamed() {
    Table table =
        new Table(ID, List.of(column("v", new ValueType.Vector(3), true)), Optional.empty());
    assertThatThrownBy(() -> new EventMaker(List.of(table)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("s.t, column v: a type has no type in a pipeline");
  }
}
