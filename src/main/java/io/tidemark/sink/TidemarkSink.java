package io.tidemark.sink;

import io.tidemark.change.ChangeEvent;
import io.tidemark.database.TargetDatabase;
import io.tidemark.database.TargetFinish;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/**
 * The sink that writes exactly once into a target database, through the ledger there. It keeps no
 * state in Flink's checkpoints: what the ledger holds has happened.
 *
 * <p>To follow the source at the same parallelism, one subtask behind one, chained or not: the
 * order of one source subtask's events is the order in which they have to be applied. Checkpoints
 * must be aligned: what the source emitted before one is written when the sink has passed it.
 */
public final class TidemarkSink implements VersionedSink<ChangeEvent> {

  private static final long serialVersionUID = 1L;

  private final TargetDatabase target;
  private final String stream;
  private final TargetFinish finish;

  /**
   * @param stream names the stream's rows in the ledger
   * @param finish what is done once, when the copy is complete and consistent
   */
  public TidemarkSink(TargetDatabase target, String stream, TargetFinish finish) {
    this.target = target;
    this.stream = stream;
    this.finish = finish;
  }

  @Override
  public SinkWriter<ChangeEvent> createWriter(WriterInitContext context) {
    return new TidemarkSinkWriter(target, stream, finish, context);
  }
}
