package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.HookedSource.Hooks;
import io.tidemark.endtoend.HookedSource.Lie;
import io.tidemark.verify.ComparisonReport;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;

/**
 * Tables of every shape, copied in many short cycles while they are written to and emptied.
 *
 * @param pair has the tables at its source
 * @param perSecond how many transactions each of two writers makes at most
 * @param transactions of the writers
 * @param clearing the transaction that empties tables in a turn
 * @param further how many transactions go on after the target is consistent
 * @param atLeast how many rows there are at the end
 */
record ManyCycles(
    TwoServers.Pair pair,
    int perSecond,
    Churn.Transactions transactions,
    IntFunction<List<String>> clearing,
    int further,
    long atLeast) {

  /** What is done with the job at some moment. */
  interface Moment {
    void of(HookedJob job) throws Exception;
  }

  static JobSettings settings(TwoServers.Pair pair) {
    return JobSettings.of(pair)
        .cycle(Duration.ofMillis(300))
        .chunkRows(1_000)
        .checkpointInterval(Duration.ofMillis(250));
  }

  /**
   * Copies, and looks whether the target is the source at the end.
   *
   * @param prepared is run when ledger and tables are there, before anything is copied
   * @param stopped is run when nobody writes any more
   * @param same is run when nothing differs
   */
  void survive(Runnable prepared, Moment stopped, Moment same) throws Exception {
    AtomicLong cycles = new AtomicLong();
    AtomicInteger clears = new AtomicInteger();
    Hooks hooks = new Hooks(cycles::incrementAndGet, () -> TimeUnit.MILLISECONDS.sleep(20));
    try (Churn churn =
            new Churn()
                .start(pair, 2, perSecond, transactions)
                .start(pair, 1, 4, random -> clearing.apply(clears.incrementAndGet()));
        HookedJob job = HookedJob.start(settings(pair), Lie.NONE, hooks, prepared)) {
      job.awaitConsistent();
      long before = churn.committed();
      int clearsBefore = clears.get();
      job.awaitFinished();
      job.await(
          "further on",
          () -> churn.committed() > before + further && clears.get() > clearsBefore + 6);
      churn.stop();
      stopped.of(job);
      job.awaitCaughtUp();
      assertSame(pair, atLeast);
      assertThat(cycles.get()).as("copy cycles").isGreaterThan(2);
      assertThat(job.latestFailure()).isEmpty();
      same.of(job);
    }
  }

  static void assertSame(TwoServers.Pair pair, long atLeast) {
    ComparisonReport report = pair.compare();
    assertThat(report.findings()).isEmpty();
    assertThat(report.sourceRows()).isGreaterThan(atLeast);
  }
}
