package io.tidemark.cli.demo;

import io.tidemark.cli.JobRun;
import io.tidemark.cli.ProgressScreen;
import io.tidemark.cli.RootCause;
import io.tidemark.cli.StreamProgress;
import io.tidemark.cli.Terminal;
import io.tidemark.job.PreparedJob;
import io.tidemark.lab.ServerUnavailableException;
import io.tidemark.verify.ComparisonReport;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/**
 * One run of the demo: a shop on one server, the job that copies it to another one, and everything
 * that looks whether it does so. For one thread.
 */
final class Demo implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(250);

  /** No progress at all for this long is a failure; a slow machine makes some. */
  private static final Duration STUCK = Duration.ofMinutes(3);

  private static final int WRITERS = 4;
  private static final double TRANSACTIONS_PER_SECOND = 400;

  private final Terminal terminal;
  private final ShopCopy copy;
  private final Shop.Books opening;
  private final DemoFigures figures = new DemoFigures();
  private Optional<JobRun> job = Optional.empty();
  private Optional<String> latestFailure = Optional.empty();

  private Demo(Terminal terminal, ShopCopy copy, Shop.Books opening) {
    this.terminal = terminal;
    this.copy = copy;
    this.opening = opening;
  }

  /** Starts the servers and fills the shop. */
  static Demo start(Terminal terminal, DemoDatabase from, DemoDatabase to, long rows)
      throws DemoFailure {
    try {
      terminal.say("Starting " + servers(from, to) + " ...");
      ShopCopy copy = ShopCopy.start(from, to);
      try {
        terminal.say("  source  " + at(copy.source()));
        terminal.say("  target  " + at(copy.target()));
        terminal.say(text("Filling the shop at the source with %,d rows ...", rows));
        Instant start = Instant.now();
        copy.shop().fill(rows);
        terminal.say(text("  filled in %s", seconds(since(start))));
        try (Connection connection = copy.shop().connect()) {
          return new Demo(terminal, copy, Shop.Books.read(connection));
        }
      } catch (SQLException | RuntimeException e) {
        copy.close();
        throw e;
      }
    } catch (ServerUnavailableException e) {
      throw new DemoFailure(String.valueOf(e.getMessage()), e);
    } catch (SQLException | CompletionException | IllegalStateException e) {
      throw new DemoFailure("the shop could not be set up: " + e.getMessage(), e);
    }
  }

  private static String servers(DemoDatabase from, DemoDatabase to) {
    return (from == to
            ? "two " + from.product() + " servers"
            : "a " + from.product() + " and a " + to.product() + " server")
        + (from == DemoDatabase.POSTGRES && to == DemoDatabase.POSTGRES
            ? ""
            : " (what this machine lacks is fetched once)");
  }

  private static String at(DemoServer server) {
    return server.spec().displayUrl() + "  user " + server.spec().user();
  }

  /**
   * Copies the shop while writers are at work on it.
   *
   * @param beside how long the writers work after the job has started, at least
   * @return whether nothing differs in the end
   */
  boolean run(Duration beside) throws DemoFailure, InterruptedException {
    Optional<BooksWatch> books = Optional.empty();
    try (ShopWriters writers =
        ShopWriters.start(copy.shop(), WRITERS, OptionalDouble.of(TRANSACTIONS_PER_SECOND))) {
      terminal.say(
          text(
              "%d writers are at work, about %.0f transactions a second",
              WRITERS, TRANSACTIONS_PER_SECOND));
      figures.changesBefore = copy.rowChanges();
      JobRun running = startJob();
      Instant started = Instant.now();
      books = Optional.of(follow(running, writers, started, beside));
      writers.stop();
      requireHealthy(writers, books);
      figures.transactions = writers.transactions();
      figures.rolledBack = writers.rolledBack();
      figures.conflicts = writers.conflicts();
      figures.worked = since(started);
      figures.changes = copy.rowChanges() - figures.changesBefore;
      terminal.say("The writers have stopped; waiting until the target has everything ...");
      catchUp(running, writers, books);
      books.get().close();
      requireHealthy(writers, books);
      figures.polls = books.get().polls();
    } catch (SQLException e) {
      throw new DemoFailure("a server does not answer: " + e.getMessage(), e);
    } finally {
      books.ifPresent(BooksWatch::close);
    }
    terminal.say("Comparing both databases row by row ...");
    ComparisonReport report = copy.compare();
    figures.lines(report).forEach(terminal::say);
    return report.identical() && report.extraTables().isEmpty() && report.sourceRows() > 0;
  }

  /** Says where everything is and returns when this thread is interrupted, as by Ctrl-C. */
  void keepRunning() throws InterruptedException {
    terminal.say("");
    terminal.say("Everything keeps running; what you write to the source appears at the target.");
    terminal.say("  source     " + copy.source().shell());
    terminal.say("  target     " + copy.target().shell());
    terminal.say("  dashboard  " + job.orElseThrow().dashboard());
    terminal.say("Ctrl-C ends it and removes the servers.");
    new CountDownLatch(1).await();
  }

  private JobRun startJob() throws DemoFailure, InterruptedException {
    PreparedJob prepared =
        PreparedJob.prepare(copy.job(), terminal::say)
            .orElseThrow(() -> new DemoFailure("the preflight found errors, listed above"));
    JobRun started = JobRun.start(prepared, Optional.empty(), 0);
    job = Optional.of(started);
    terminal.say("The job is running; Flink's dashboard: " + started.dashboard());
    return started;
  }

  /**
   * Shows the progress until the time is over and the target is consistent and has its indexes.
   *
   * @return who watches the books at the target
   */
  private BooksWatch follow(JobRun running, ShopWriters writers, Instant started, Duration beside)
      throws DemoFailure, InterruptedException {
    Optional<BooksWatch> books = Optional.empty();
    ProgressScreen screen = new ProgressScreen(20);
    Progress moving = new Progress();
    try {
      while (true) {
        requireHealthy(writers, books);
        Optional<StreamProgress> progress = running.progress();
        if (progress.isPresent()) {
          terminal.show(progress.get(), screen);
          figures.add(progress.get(), since(started));
          moving.require(progress.get());
          if (progress.get().consistent() && books.isEmpty()) {
            books = Optional.of(BooksWatch.start(copy.target().spec(), opening));
            terminal.say(
                text(
                    "Consistent after %s: from now on every commit at the target is a state that"
                        + " the source had; the shop's books there are checked all the time",
                    seconds(since(started))));
          }
          if (books.isPresent()
              && progress.get().finished()
              && since(started).compareTo(beside) >= 0) {
            terminal.keep();
            return books.get();
          }
        }
        pause();
      }
    } catch (DemoFailure | InterruptedException | RuntimeException e) {
      books.ifPresent(BooksWatch::close);
      throw e;
    }
  }

  private void catchUp(JobRun running, ShopWriters writers, Optional<BooksWatch> books)
      throws DemoFailure, InterruptedException {
    Instant start = Instant.now();
    Progress moving = new Progress();
    while (!running.hasCaughtUp()) {
      requireHealthy(writers, books);
      Optional<StreamProgress> progress = running.progress();
      if (progress.isPresent()) {
        moving.require(progress.get());
      }
      pause();
    }
    figures.caughtUp = since(start);
    running.transferSequences();
  }

  private void requireHealthy(ShopWriters writers, Optional<BooksWatch> books)
      throws DemoFailure, InterruptedException {
    if (writers.failure().isPresent()) {
      Exception failure = writers.failure().get();
      throw new DemoFailure("a writer failed: " + failure.getMessage(), failure);
    }
    Optional<String> broken = books.flatMap(BooksWatch::broken);
    if (broken.isPresent()) {
      throw new DemoFailure("the target showed a state that the source never had: " + broken.get());
    }
    JobRun running = job.orElseThrow();
    if (running.awaitEnd(Duration.ZERO)) {
      throw new DemoFailure(
          "the job ended: " + running.fatalFailure().map(RootCause::of).orElse("it was cancelled"));
    }
    running
        .newFailure()
        .ifPresent(
            failure -> {
              latestFailure = Optional.of(RootCause.of(failure));
              terminal.say("The job failed and is started again: " + latestFailure.get());
            });
  }

  private static void pause() throws InterruptedException {
    LockSupport.parkNanos(POLL.toNanos());
    if (Thread.interrupted()) {
      throw new InterruptedException("the demo was interrupted");
    }
  }

  /** Notices when nothing moves any more. */
  private final class Progress {
    private Instant movedAt = Instant.now();
    private long copied = -1;
    private long lagBytes = Long.MAX_VALUE;
    private int reached;

    void require(StreamProgress progress) throws DemoFailure {
      long behind = progress.lagBytes().orElse(Long.MAX_VALUE);
      int stages = (progress.consistent() ? 1 : 0) + (progress.finished() ? 1 : 0);
      // A backlog that only grows is none.
      if (progress.copied() != copied || behind < lagBytes || stages != reached) {
        movedAt = Instant.now();
      }
      copied = progress.copied();
      lagBytes = behind;
      reached = stages;
      if (since(movedAt).compareTo(STUCK) > 0) {
        throw new DemoFailure(
            "nothing has moved for "
                + seconds(STUCK)
                + latestFailure
                    .map(failure -> "; the job's latest failure: " + failure)
                    .orElse(""));
      }
    }
  }

  static Duration since(Instant start) {
    return Duration.between(start, Instant.now());
  }

  static String seconds(Duration duration) {
    return text("%.1f s", duration.toMillis() / 1000.0);
  }

  static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  /** Ends the job, then the servers. */
  @Override
  public void close() {
    try (copy) {
      if (job.isPresent()) {
        try (JobRun ending = job.get()) {
          ending.stop(Duration.ofSeconds(20));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
