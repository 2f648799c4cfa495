package io.tidemark.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import io.tidemark.staging.Milestone;
import io.tidemark.staging.ShapeChange;
import io.tidemark.staging.SinkColumn;
import io.tidemark.staging.StagedRows;
import io.tidemark.staging.StagedTables;
import io.tidemark.staging.TableShape;
import io.tidemark.staging.TablesCheckpoint;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PipelineCommittableSerializerTest {

  private static final TableId T = new TableId("s", "t");

  private static final List<ValueType> VALUES =
      List.of(
          new ValueType.Int(64, false),
          new ValueType.Decimal(38, 4),
          new ValueType.Real(32),
          new ValueType.Text(20, false),
          new ValueType.Binary(7, true),
          new ValueType.Time(3),
          new ValueType.Timestamp(6, true),
          ValueType.Plain.BOOLEAN,
          ValueType.Plain.DATE);

  private final PipelineCommittableSerializer serializer = new PipelineCommittableSerializer();

  private static List<SinkColumn> columns() {
    List<SinkColumn> columns = new ArrayList<>();
    for (ValueType values : VALUES) {
      columns.add(
          new SinkColumn(
              "c" + columns.size(),
              "T",
              values,
              columns.size() % 2 == 0,
              columns.isEmpty() ? Optional.of("7") : Optional.empty()));
    }
    return columns;
  }

  private static List<ShapeChange> changes() {
    return List.of(
        new ShapeChange.Add(T, columns()),
        new ShapeChange.Remove(T, List.of("a", "b")),
        new ShapeChange.Rename(T, Map.of("a", "b", "c", "d")),
        new ShapeChange.Retype(T, columns()),
        new ShapeChange.Empty(T),
        new ShapeChange.Drop(T));
  }

  private PipelineCommittable again(PipelineCommittable committable) throws IOException {
    return serializer.deserialize(serializer.getVersion(), serializer.serialize(committable));
  }

  @Test
  void everythingIsReadAsItWasWritten() throws IOException {
    TableShape shape = new TableShape(T, columns(), List.of("c0"));
    StagedRows rows = new StagedRows(3, "sink_1_2", 5);
    List<StagedTables.Part> parts = new ArrayList<>();
    parts.add(new StagedTables.Opened(shape));
    parts.add(new StagedTables.Rows(shape, rows));
    changes().forEach(change -> parts.add(new StagedTables.Changed(change)));
    PipelineCommittable staged = new PipelineCommittable.Staged(new StagedTables(9, parts));
    assertThat(again(staged)).isEqualTo(staged);
    PipelineCommittable gathered =
        new PipelineCommittable.Gathered(
            new TablesCheckpoint(
                new Milestone(4, 5),
                Optional.of(new Milestone(3, 4)),
                7,
                List.of(
                    new TablesCheckpoint.Round(
                        changes(),
                        List.of(new TablesCheckpoint.Table(shape, true, List.of(rows)))))));
    assertThat(again(gathered)).isEqualTo(gathered);
  }

  @Test
  void whatIsNotWholeOrOfAnotherVersionIsRefused() throws IOException {
    byte[] written =
        serializer.serialize(new PipelineCommittable.Staged(new StagedTables(9, List.of())));
    assertThatThrownBy(() -> serializer.deserialize(1, Arrays.copyOf(written, written.length - 1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("ends too early");
    assertThatThrownBy(() -> serializer.deserialize(1, Arrays.copyOf(written, written.length + 1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("more bytes");
    assertThatThrownBy(() -> serializer.deserialize(2, written))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has version 2");
  }
}
