package io.tidemark.pipeline;

import io.tidemark.change.ChangeEvent;
import io.tidemark.source.CopySplit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.cdc.common.event.Event;
import org.apache.flink.core.io.InputStatus;

/** A subtask of the source, whose changes become events as they are handed out. */
final class EventReader implements SourceReader<Event, CopySplit> {

  private final SourceReader<ChangeEvent, CopySplit> reader;
  private final EventMaker maker;
  private boolean tellsAll;

  /**
   * @param tellsAll whether it tells of all tables before anything else
   */
  EventReader(SourceReader<ChangeEvent, CopySplit> reader, EventMaker maker, boolean tellsAll) {
    this.reader = reader;
    this.maker = maker;
    this.tellsAll = tellsAll;
  }

  @Override
  public void start() {
    reader.start();
  }

  @Override
  public InputStatus pollNext(ReaderOutput<Event> output) throws Exception {
    if (tellsAll) {
      tellsAll = false;
      maker.tellAll(output::collect);
    }
    return reader.pollNext(new Making(output));
  }

  @Override
  public List<CopySplit> snapshotState(long checkpoint) {
    return reader.snapshotState(checkpoint);
  }

  @Override
  public CompletableFuture<Void> isAvailable() {
    return tellsAll ? CompletableFuture.completedFuture(null) : reader.isAvailable();
  }

  @Override
  public void addSplits(List<CopySplit> splits) {
    reader.addSplits(splits);
  }

  @Override
  public void notifyNoMoreSplits() {
    reader.notifyNoMoreSplits();
  }

  @Override
  public void handleSourceEvents(SourceEvent event) {
    reader.handleSourceEvents(event);
  }

  @Override
  public void notifyCheckpointComplete(long checkpoint) throws Exception {
    reader.notifyCheckpointComplete(checkpoint);
  }

  @Override
  public void notifyCheckpointAborted(long checkpoint) throws Exception {
    reader.notifyCheckpointAborted(checkpoint);
  }

  @Override
  public void close() throws Exception {
    reader.close();
  }

  /** Where the source's reader puts what it reads. */
  private final class Making implements ReaderOutput<ChangeEvent> {

    private final ReaderOutput<Event> output;

    private Making(ReaderOutput<Event> output) {
      this.output = output;
    }

    @Override
    public void collect(ChangeEvent event) {
      maker.make(event, output::collect);
    }

    @Override
    public void collect(ChangeEvent event, long timestamp) {
      maker.make(event, made -> output.collect(made, timestamp));
    }

    @Override
    public void emitWatermark(Watermark watermark) {
      output.emitWatermark(watermark);
    }

    @Override
    public void markIdle() {
      output.markIdle();
    }

    @Override
    public void markActive() {
      output.markActive();
    }

    /** All of a subtask has one order, and so one output. */
    @Override
    public SourceOutput<ChangeEvent> createOutputForSplit(String split) {
      return this;
    }

    @Override
    public void releaseOutputForSplit(String split) {}
  }
}
