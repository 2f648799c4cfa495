package io.tidemark.pipeline;

import io.tidemark.source.CopySplit;
import io.tidemark.source.EnumeratorState;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.jspecify.annotations.Nullable;

/** A coordinator whose checkpoints say, besides what it says, of which shape the tables are. */
final class EventSourceEnumerator implements SplitEnumerator<CopySplit, EventSourceState> {

  private final SplitEnumerator<CopySplit, EnumeratorState> enumerator;
  private final Map<String, String> shapes;

  EventSourceEnumerator(
      SplitEnumerator<CopySplit, EnumeratorState> enumerator, Map<String, String> shapes) {
    this.enumerator = enumerator;
    this.shapes = shapes;
  }

  @Override
  public void start() {
    enumerator.start();
  }

  @Override
  public void handleSplitRequest(int subtask, @Nullable String host) {
    enumerator.handleSplitRequest(subtask, host);
  }

  @Override
  public void addSplitsBack(List<CopySplit> splits, int subtask) {
    enumerator.addSplitsBack(splits, subtask);
  }

  @Override
  public void addReader(int subtask) {
    enumerator.addReader(subtask);
  }

  @Override
  public EventSourceState snapshotState(long checkpoint) throws Exception {
    return new EventSourceState(enumerator.snapshotState(checkpoint), shapes);
  }

  @Override
  public void notifyCheckpointComplete(long checkpoint) throws Exception {
    enumerator.notifyCheckpointComplete(checkpoint);
  }

  @Override
  public void notifyCheckpointAborted(long checkpoint) throws Exception {
    enumerator.notifyCheckpointAborted(checkpoint);
  }

  @Override
  public void handleSourceEvent(int subtask, SourceEvent event) {
    enumerator.handleSourceEvent(subtask, event);
  }

  @Override
  public void close() throws IOException {
    enumerator.close();
  }
}
