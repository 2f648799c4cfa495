package io.tidemark.table.sink;

import io.tidemark.sink.VersionedSink;
import io.tidemark.staging.StagedSink;
import java.io.Serializable;
import java.time.Duration;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.table.data.RowData;

/** Writes rows as they come, each batch in a transaction of its own: at least once, or not even. */
final class DirectRowSink implements VersionedSink<RowData> {

  private static final long serialVersionUID = 1L;

  /**
   * When rows are flushed.
   *
   * @param rows after how many; 0 for any number
   * @param interval after which the first of them is not kept any longer; zero for any time
   * @param retries how often a flush is tried again that may succeed later
   */
  record Pace(int rows, Duration interval, int retries) implements Serializable {}

  private final StagedSink sink;
  private final RowEncoder encoder;
  private final Pace pace;
  private final Guarantee guarantee;

  DirectRowSink(StagedSink sink, RowEncoder encoder, Pace pace, Guarantee guarantee) {
    this.sink = sink;
    this.encoder = encoder;
    this.pace = pace;
    this.guarantee = guarantee;
  }

  @Override
  public SinkWriter<RowData> createWriter(WriterInitContext context) {
    return new DirectRowWriter(sink, encoder, pace, guarantee == Guarantee.AT_LEAST_ONCE, context);
  }
}
