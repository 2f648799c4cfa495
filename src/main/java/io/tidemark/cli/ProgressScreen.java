package io.tidemark.cli;

import io.tidemark.cli.StreamProgress.TableProgress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Turns progress into lines: a block with one line per table, or one line for all. */
public final class ProgressScreen {

  private final int maxTables;
  private final CopyRates rates = new CopyRates();

  /**
   * @param maxTables how many tables the block shows: the busiest ones
   */
  public ProgressScreen(int maxTables) {
    this.maxTables = maxTables;
  }

  /** To be told every progress, in order, before it is shown. */
  public void add(StreamProgress progress) {
    rates.add(progress);
  }

  /** All about the progress that was added last, in one line. */
  public String line(StreamProgress progress) {
    return copyPart(progress) + "   " + logPart(progress);
  }

  private String copyPart(StreamProgress progress) {
    if (progress.copyComplete() || progress.consistent()) {
      return copiedPart(progress);
    }
    double rate = rates.total();
    return String.format(
        "%s   %s of about %s rows   %s rows/s   %s left",
        phase(progress),
        Units.count(progress.copied()),
        Units.count(progress.estimated()),
        Units.count(Math.round(rate)),
        left(progress.estimated() - progress.copied(), rate));
  }

  private static String copiedPart(StreamProgress progress) {
    return phase(progress) + "   " + Units.count(progress.copied()) + " rows copied";
  }

  private static String logPart(StreamProgress progress) {
    return (progress.cycle() == 0 ? "" : "copy cycle " + progress.cycle() + "   ")
        + "log lag "
        + progress.lagBytes().map(Units::bytes).orElse("unknown")
        + progress.lag().map(time -> ", " + Units.duration(time)).orElse("");
  }

  /**
   * One look at a stream: without rates, which take two.
   *
   * @param atWork whether a job is at work for it; if not, this is how far the last one came
   */
  public List<String> status(StreamProgress progress, int width, boolean atWork) {
    List<String> lines = new ArrayList<>(block(progress, width));
    lines.set(
        lines.size() - 2,
        atWork
            ? copiedPart(progress)
            : "stopped when "
                + reached(progress)
                + "   "
                + Units.count(progress.copied())
                + " rows copied");
    progress
        .deadLetters()
        .forEach(
            (table, rows) ->
                lines.add(
                    Units.count(rows)
                        + " dead letters of table "
                        + table
                        + " (rows that the target cannot hold, in tidemark.dead_letter there)"));
    return lines;
  }

  /** All about the progress that was added last, for a terminal {@code width} columns wide. */
  public List<String> block(StreamProgress progress, int width) {
    List<String> lines = new ArrayList<>();
    List<TableProgress> shown = shown(progress);
    int nameWidth =
        Math.max(
            5,
            Math.min(
                Math.max(10, width - 62),
                shown.stream().mapToInt(row -> row.table().toString().length()).max().orElse(5)));
    lines.add(row(nameWidth, "table", "rows copied", "of about", "%", "rows/s", "time left"));
    for (TableProgress table : shown) {
      double rate = rates.of(table.table());
      lines.add(
          row(
              nameWidth,
              table.table().toString(),
              Units.count(table.copied()),
              Units.count(table.estimated()),
              table.percent() + "%",
              table.complete() ? "-" : Units.count(Math.round(rate)),
              left(table, rate)));
    }
    int hidden = progress.tables().size() - shown.size();
    if (hidden > 0) {
      long done = progress.tables().stream().filter(TableProgress::complete).count();
      lines.add(
          String.format(
              "… and %d more tables; %d of %d are done", hidden, done, progress.tables().size()));
    }
    lines.add(copyPart(progress));
    lines.add(logPart(progress));
    return lines.stream().map(line -> cut(line, width)).toList();
  }

  /** The tables under way, then the others, the largest first; shown in the source's order. */
  private List<TableProgress> shown(StreamProgress progress) {
    if (progress.tables().size() <= maxTables) {
      return progress.tables();
    }
    List<TableProgress> busiest =
        progress.tables().stream()
            .sorted(
                Comparator.comparing((TableProgress row) -> -rates.of(row.table()))
                    .thenComparing(TableProgress::complete)
                    .thenComparing(row -> -row.estimated())
                    .thenComparing(TableProgress::table))
            .limit(maxTables)
            .toList();
    return progress.tables().stream().filter(busiest::contains).toList();
  }

  private static String phase(StreamProgress progress) {
    if (progress.finished()) {
      return "consistent, indexes built, streaming";
    }
    if (progress.consistent()) {
      return "consistent, building indexes";
    }
    return reached(progress);
  }

  /** Only what is so without anybody at work. */
  private static String reached(StreamProgress progress) {
    if (progress.consistent()) {
      return "consistent, indexes " + (progress.finished() ? "built" : "not all built");
    }
    if (!progress.copyComplete() || progress.tables().isEmpty()) {
      return "copying";
    }
    return progress.toCopyAgain() == 0
        ? "copied, catching up"
        : "copied, " + Units.count(progress.toCopyAgain()) + " rows to be copied again";
  }

  /** Where no time is left to tell of, or none is known, the table's phase. */
  private static String left(TableProgress table, double rate) {
    return table.complete() || rate == 0
        ? table.phase()
        : left(table.estimated() - table.copied(), rate);
  }

  private static String left(long rows, double rate) {
    Optional<Duration> time = CopyRates.timeFor(rows, rate);
    return time.map(Units::duration).orElse("?");
  }

  private static String row(int nameWidth, String name, String... cells) {
    return String.format(
        Locale.ROOT,
        "%-" + nameWidth + "s %13s %13s %5s %11s %10s",
        cut(name, nameWidth),
        cells[0],
        cells[1],
        cells[2],
        cells[3],
        cells[4]);
  }

  private static String cut(String text, int width) {
    return text.length() <= width ? text : text.substring(0, Math.max(0, width - 1)) + "…";
  }
}
