package io.tidemark.table.sink;

import io.tidemark.database.DatabaseException;
import io.tidemark.source.UnrecoverableException;
import io.tidemark.staging.DirectWriter;
import io.tidemark.staging.StagedSink;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.operators.ProcessingTimeService;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.table.data.RowData;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the rows of one subtask in batches. By the task's thread, which timers have too. */
final class DirectRowWriter implements SinkWriter<RowData> {

  private static final Logger LOG = LoggerFactory.getLogger(DirectRowWriter.class);

  /** Between two attempts; a server that starts again takes some seconds. */
  private static final long PAUSE_NANOS = 1_000_000_000L;

  private final RowEncoder encoder;
  private final DirectRowSink.Pace pace;
  private final boolean atCheckpoints;
  private final ProcessingTimeService clock;
  private final DirectWriter writer;
  private int rows;
  private boolean isTimed;

  /**
   * @param atCheckpoints whether a checkpoint waits until everything before it is written
   */
  DirectRowWriter(
      StagedSink sink,
      RowEncoder encoder,
      DirectRowSink.Pace pace,
      boolean atCheckpoints,
      WriterInitContext context) {
    this.encoder = encoder;
    this.pace = pace;
    this.atCheckpoints = atCheckpoints;
    this.clock = context.getProcessingTimeService();
    try {
      this.writer = sink.openDirect();
    } catch (RuntimeException e) {
      throw UnrecoverableException.classify(e);
    }
  }

  @Override
  public void write(RowData row, Context context) {
    try {
      encoder.encode(row, writer);
    } catch (RuntimeException e) {
      throw UnrecoverableException.classify(e);
    }
    rows++;
    if (writer.isFull() || pace.rows() > 0 && rows >= pace.rows()) {
      flush();
    } else if (!isTimed && !pace.interval().isZero()) {
      isTimed = true;
      clock.registerTimer(
          clock.getCurrentProcessingTime() + pace.interval().toMillis(),
          time -> {
            isTimed = false;
            flush();
          });
    }
  }

  @Override
  public void flush(boolean endOfInput) {
    if (endOfInput || atCheckpoints) {
      flush();
    }
  }

  private void flush() {
    for (int attempt = 0; ; attempt++) {
      try {
        writer.flush();
        rows = 0;
        return;
      } catch (DatabaseException e) {
        if (e.kind() != DatabaseException.Kind.RETRYABLE || attempt == pace.retries()) {
          throw UnrecoverableException.classify(e);
        }
        LOG.warn("the rows are written again: {}", e.getMessage());
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  @Override
  public void close() {
    writer.close();
  }
}
