package io.tidemark.pipeline;

import io.tidemark.schema.Table;
import io.tidemark.source.CopySplit;
import io.tidemark.source.TidemarkSource;
import io.tidemark.table.RowRefusedException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.cdc.common.event.Event;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** A live database as events of Flink CDC. */
final class EventSource implements Source<Event, CopySplit, EventSourceState> {

  private static final long serialVersionUID = 1L;

  private final TidemarkSource source;
  private final List<Table> tables;

  /**
   * @param tables as they are, and as they have to stay
   */
  EventSource(TidemarkSource source, List<Table> tables) {
    this.source = source;
    this.tables = List.copyOf(tables);
  }

  @Override
  public Boundedness getBoundedness() {
    return source.getBoundedness();
  }

  private Map<String, String> shapes() {
    Map<String, String> shapes = new TreeMap<>();
    for (Table table : tables) {
      shapes.put(table.id().toString(), new SourceTable(table).fingerprint());
    }
    return shapes;
  }

  @Override
  public SplitEnumerator<CopySplit, EventSourceState> createEnumerator(
      SplitEnumeratorContext<CopySplit> context) {
    return new EventSourceEnumerator(source.createEnumerator(context), shapes());
  }

  /**
   * {@inheritDoc}
   *
   * @throws RowRefusedException if a table is another one than rows were told of: Flink CDC would
   *     give the new rows the old shape without a word
   */
  @Override
  public SplitEnumerator<CopySplit, EventSourceState> restoreEnumerator(
      SplitEnumeratorContext<CopySplit> context, EventSourceState state) {
    Map<String, String> shapes = shapes();
    state
        .shapes()
        .forEach(
            (table, shape) -> {
              if (shapes.containsKey(table) && !shape.equals(shapes.get(table))) {
                throw new RowRefusedException(EventMaker.altered(table));
              }
            });
    return new EventSourceEnumerator(source.restoreEnumerator(context, state.source()), shapes);
  }

  @Override
  public SourceReader<Event, CopySplit> createReader(SourceReaderContext context) {
    return new EventReader(
        source.createReader(context), new EventMaker(tables), context.getIndexOfSubtask() == 0);
  }

  @Override
  public SimpleVersionedSerializer<CopySplit> getSplitSerializer() {
    return source.getSplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<EventSourceState> getEnumeratorCheckpointSerializer() {
    return new EventSourceStateSerializer(source.getEnumeratorCheckpointSerializer());
  }
}
