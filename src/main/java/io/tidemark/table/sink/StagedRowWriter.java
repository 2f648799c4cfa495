package io.tidemark.table.sink;

import io.tidemark.source.UnrecoverableException;
import io.tidemark.staging.StagedRows;
import io.tidemark.staging.StagedSink;
import io.tidemark.staging.StagingWriter;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.table.data.RowData;

/** Stages the rows of one subtask. */
final class StagedRowWriter implements CommittingSinkWriter<RowData, StagedRows> {

  private final RowEncoder encoder;
  private final StagingWriter writer;

  StagedRowWriter(StagedSink sink, RowEncoder encoder) {
    this.encoder = encoder;
    try {
      this.writer = sink.openStaging();
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
  }

  /** What is staged becomes durable in {@link #prepareCommit}, which follows. */
  @Override
  public void flush(boolean endOfInput) {}

  /** Always one, also without rows: it says which writers there are. */
  @Override
  public Collection<StagedRows> prepareCommit() {
    try {
      return List.of(writer.finish());
    } catch (RuntimeException e) {
      throw UnrecoverableException.classify(e);
    }
  }

  @Override
  public void close() {
    writer.close();
  }
}
