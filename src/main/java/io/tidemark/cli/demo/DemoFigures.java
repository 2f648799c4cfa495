package io.tidemark.cli.demo;

import static io.tidemark.cli.demo.Demo.seconds;
import static io.tidemark.cli.demo.Demo.text;

import io.tidemark.cli.StreamProgress;
import io.tidemark.verify.ComparisonReport;
import io.tidemark.verify.TableComparison;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the demo measures, and says at its end. For one thread. */
final class DemoFigures {

  long changesBefore;
  long changes;
  long transactions;
  long rolledBack;
  long conflicts;
  long polls;
  Duration worked = Duration.ZERO;
  Duration caughtUp = Duration.ZERO;
  private long rowsCopied;
  private Optional<Duration> copiedAfter = Optional.empty();
  private Optional<Duration> consistentAfter = Optional.empty();
  private Optional<Duration> finishedAfter = Optional.empty();
  private Duration longestLag = Duration.ZERO;
  private long largestLagBytes;

  /**
   * Takes note of a progress.
   *
   * @param elapsed since the job was started
   */
  void add(StreamProgress progress, Duration elapsed) {
    rowsCopied = progress.copied();
    if (progress.copyComplete() && !progress.tables().isEmpty() && copiedAfter.isEmpty()) {
      copiedAfter = Optional.of(elapsed);
    }
    if (progress.consistent() && consistentAfter.isEmpty()) {
      consistentAfter = Optional.of(elapsed);
    }
    if (progress.finished() && finishedAfter.isEmpty()) {
      finishedAfter = Optional.of(elapsed);
    }
    // Until then the log is held back on purpose.
    if (consistentAfter.isPresent()) {
      Duration lag = progress.lag().orElse(Duration.ZERO);
      longestLag = lag.compareTo(longestLag) > 0 ? lag : longestLag;
      largestLagBytes = Math.max(largestLagBytes, progress.lagBytes().orElse(0L));
    }
  }

  /** The summary, for people. */
  List<String> lines(ComparisonReport report) {
    List<String> lines = new ArrayList<>();
    lines.add(text("  %-22s %12s %12s %12s", "table", "source", "target", "differences"));
    for (TableComparison table : report.tables()) {
      lines.add(
          text(
              "  %-22s %,12d %,12d %,12d",
              table.source(), table.sourceRows(), table.targetRows(), table.differences()));
    }
    report.findings().lines().forEach(line -> lines.add("  " + line));
    report.extraTables().forEach(t -> lines.add("  table " + t + " is only at the target"));
    report.notes().forEach(note -> lines.add("  note: " + note));
    lines.add("");
    lines.add(
        text(
            "copied        %,d rows in %s%s; consistent after %s, with indexes and constraints"
                + " after %s",
            rowsCopied,
            copiedAfter.map(Demo::seconds).orElse("?"),
            copiedAfter
                .filter(time -> time.toMillis() > 0)
                .map(time -> text(" (%,d rows/s)", rowsCopied * 1000 / time.toMillis()))
                .orElse(""),
            consistentAfter.map(Demo::seconds).orElse("?"),
            finishedAfter.map(Demo::seconds).orElse("?")));
    lines.add(
        text(
            "written       %,d transactions with %,d row changes in %s beside it (and %,d rolled"
                + " back, %,d conflicts)",
            transactions, changes, seconds(worked), rolledBack, conflicts));
    lines.add(
        text(
            "lag           at most %s and %,d KB from then on; caught up %s after the last write",
            seconds(longestLag), largestLagBytes / 1024, seconds(caughtUp)));
    lines.add(text("books         agreed in each of %,d polls of the target", polls));
    lines.add(
        text(
            "compared      %,d rows in %s: %s",
            report.sourceRows(),
            seconds(report.took()),
            report.identical() && report.extraTables().isEmpty() && report.sourceRows() > 0
                ? "nothing differs"
                : report.sourceRows() == 0
                    ? "there was nothing to compare"
                    : text("%,d rows differ", report.differingRows())));
    return lines;
  }
}
