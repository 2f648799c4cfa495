package io.tidemark.job;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.LedgerView;
import io.tidemark.database.Preflight;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.StreamRemains;
import io.tidemark.database.TargetDatabase;
import io.tidemark.database.TargetFinish;
import io.tidemark.schema.TableId;
import io.tidemark.settings.CheckedJob;
import java.time.Duration;
import java.util.Set;

/** The two databases of one job. Holds no connection. */
public final class JobDatabases {

  private final TidemarkJob job;
  private final SourceDatabase source;
  private final TargetDatabase target;

  /**
   * @param source in its own form; it is read in the portable one if the target does not understand
   *     that
   */
  JobDatabases(TidemarkJob job, SourceDatabase source, TargetDatabase target) {
    this.job = job;
    this.source = target.understands(source) ? source : source.portable();
    this.target = target;
  }

  /** What the job copies from, in the form that its target understands. */
  public SourceDatabase source() {
    return source;
  }

  /** What the job copies to. */
  public TargetDatabase target() {
    return target;
  }

  /** Looks both over. */
  public Preflight preflight() {
    return new Preflight(
        source,
        target,
        new CheckedJob(
            job.copy().parallelism(),
            job.existing(),
            isKnown(),
            logNeeded(),
            Databases.copiesInDoubt(job)));
  }

  /**
   * While a cycle copies, the log reader works through what happened during the one before; what it
   * has passed is let go at the next checkpoint.
   */
  private Duration logNeeded() {
    return job.copy().cycle().multipliedBy(2).plus(job.checkpoint().interval());
  }

  /** A target that does not answer is one of the findings; then it makes no difference. */
  private boolean isKnown() {
    try (LedgerView ledger = target.ledgerView(job.name())) {
      return ledger.read().filter(standing -> !standing.state().equals("fresh")).isPresent();
    } catch (DatabaseException e) {
      return false;
    }
  }

  /**
   * Makes the target's tables ready: creates those that are missing, and sees to rows that are
   * there as the job says.
   *
   * @param copied tables of which the ledger holds anything; they are left alone
   * @return what remains to be done after the copy
   */
  public TargetFinish prepareTables(Set<TableId> copied) {
    return target.prepareTables(source.describe(), copied, job.existing());
  }

  /** What the stream has put up at the source. */
  public StreamRemains remains() {
    return source.remains();
  }
}
