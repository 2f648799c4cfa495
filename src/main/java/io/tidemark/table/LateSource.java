package io.tidemark.table;

import io.tidemark.change.ChangeEvent;
import io.tidemark.source.CopySplit;
import io.tidemark.source.EnumeratorState;
import io.tidemark.source.TidemarkSource;
import java.util.function.Supplier;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * A source whose tables are known only once all of a statement has been translated: what Flink
 * writes into a job is the source as it is then. By one thread.
 */
final class LateSource implements Source<ChangeEvent, CopySplit, EnumeratorState> {

  private static final long serialVersionUID = 1L;

  private final transient Supplier<TidemarkSource> whole;
  private final Boundedness boundedness;

  /**
   * @param whole asked whenever the job is written
   * @param boundedness whether it has an end
   */
  LateSource(Supplier<TidemarkSource> whole, Boundedness boundedness) {
    this.boundedness = boundedness;
    this.whole = whole;
  }

  private Object writeReplace() {
    return whole.get();
  }

  @Override
  public Boundedness getBoundedness() {
    return boundedness;
  }

  @Override
  public SplitEnumerator<CopySplit, EnumeratorState> createEnumerator(
      SplitEnumeratorContext<CopySplit> context) {
    return whole.get().createEnumerator(context);
  }

  @Override
  public SplitEnumerator<CopySplit, EnumeratorState> restoreEnumerator(
      SplitEnumeratorContext<CopySplit> context, EnumeratorState state) {
    return whole.get().restoreEnumerator(context, state);
  }

  @Override
  public SourceReader<ChangeEvent, CopySplit> createReader(SourceReaderContext context) {
    return whole.get().createReader(context);
  }

  @Override
  public SimpleVersionedSerializer<CopySplit> getSplitSerializer() {
    return whole.get().getSplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<EnumeratorState> getEnumeratorCheckpointSerializer() {
    return whole.get().getEnumeratorCheckpointSerializer();
  }
}
