package io.tidemark.job;

import io.tidemark.database.Preflight;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.StreamRemains;
import io.tidemark.database.TargetDatabase;
import io.tidemark.database.TargetFinish;
import io.tidemark.schema.TableId;
import java.util.Set;

/** The two databases of one job, with what their folders know to do with each other. */
public interface JobDatabases {

  SourceDatabase source();

  TargetDatabase target();

  /** Looks both over. */
  Preflight preflight();

  /**
   * Makes the target's tables ready: creates those that are missing, and sees to rows that are
   * there as the job says.
   *
   * @param copied tables of which the ledger holds anything; they are left alone
   * @return what remains to be done after the copy
   */
  TargetFinish prepareTables(Set<TableId> copied);

  /** What the stream has put up at the source. */
  StreamRemains remains();
}
