package io.tidemark.source;

import io.tidemark.change.ChangeEvent;
import io.tidemark.database.FailureNote;
import io.tidemark.database.Ledger;
import io.tidemark.database.SourceDatabase;
import java.util.Optional;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.jspecify.annotations.Nullable;

/** A live database as a stream: copied in chunks, kept current from its log. */
public final class TidemarkSource implements Source<ChangeEvent, CopySplit, EnumeratorState> {

  private static final long serialVersionUID = 1L;

  private final SourceDatabase source;
  private final @Nullable Ledger ledger;
  private final CopySettings settings;
  private final Submission submission;

  /** Of the coordinators that Flink makes with this, one after the other. */
  private transient @Nullable CoordinatorGauges gauges;

  /**
   * @param ledger where the sink commits its progress, if it is ours; it counts beyond checkpoints
   * @param submission this one of the job, and what the target was prepared for
   */
  public TidemarkSource(
      SourceDatabase source,
      Optional<Ledger> ledger,
      CopySettings settings,
      Submission submission) {
    this.source = source;
    this.ledger = ledger.orElse(null);
    this.settings = settings;
    this.submission = submission;
  }

  @Override
  public Boundedness getBoundedness() {
    return settings.startup().boundedness();
  }

  @Override
  public SplitEnumerator<CopySplit, EnumeratorState> createEnumerator(
      SplitEnumeratorContext<CopySplit> context) {
    return restoreEnumerator(context, EnumeratorState.EMPTY);
  }

  @Override
  public SplitEnumerator<CopySplit, EnumeratorState> restoreEnumerator(
      SplitEnumeratorContext<CopySplit> context, EnumeratorState state) {
    if (settings.startup() == StartupMode.SNAPSHOT) {
      return new SnapshotEnumerator(context, source, settings, state);
    }
    return new CopyEnumerator(
        context, source, Optional.ofNullable(ledger), settings, submission, state, gauges());
  }

  private synchronized CoordinatorGauges gauges() {
    if (gauges == null) {
      gauges = new CoordinatorGauges();
    }
    return gauges;
  }

  @Override
  public SourceReader<ChangeEvent, CopySplit> createReader(SourceReaderContext context) {
    return new CopyReader(
        context,
        source,
        new FailureNote(Optional.ofNullable(ledger)),
        ledger != null,
        settings.startup());
  }

  @Override
  public SimpleVersionedSerializer<CopySplit> getSplitSerializer() {
    return new CopySplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<EnumeratorState> getEnumeratorCheckpointSerializer() {
    return new EnumeratorStateSerializer();
  }
}
