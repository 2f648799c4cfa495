package io.tidemark.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Where a command prints. On a terminal the progress is one block that is drawn over and over in
 * place, below everything else that was said; elsewhere it is a plain line every few seconds.
 * Thread-safe.
 */
public final class Terminal {

  private static final Duration PLAIN_EVERY = Duration.ofSeconds(5);
  private static final String UP_AND_CLEAR = "\u001b[%dA\u001b[0J";

  private final PrintWriter out;
  private final boolean inPlace;
  private int drawn;
  private Instant lastPlain = Instant.MIN;

  /**
   * @param inPlace whether {@code out} is a terminal that knows ANSI sequences
   */
  public Terminal(PrintWriter out, boolean inPlace) {
    this.out = out;
    this.inPlace = inPlace;
  }

  /** Standard output: in place if it is a terminal. */
  public static Terminal ofProcess() {
    String type = System.getenv().getOrDefault("TERM", "dumb");
    boolean terminal = System.console() != null && !type.equals("dumb");
    return new Terminal(
        new PrintWriter(
            new java.io.OutputStreamWriter(System.out, java.nio.charset.StandardCharsets.UTF_8),
            true),
        terminal);
  }

  /** How many columns there are, as the shell says; 100 if it does not. */
  public int width() {
    String columns = System.getenv().getOrDefault("COLUMNS", "");
    return columns.matches("\\d{2,4}") ? Integer.parseInt(columns) : 100;
  }

  /** Says something that stays. */
  public synchronized void say(String text) {
    erase();
    out.println(text);
    out.flush();
  }

  /** Shows the progress, in place of what was shown before. */
  public synchronized void show(StreamProgress progress, ProgressScreen screen) {
    screen.add(progress);
    if (inPlace) {
      erase();
      List<String> block = screen.block(progress, width());
      block.forEach(out::println);
      drawn = block.size();
      out.flush();
    } else if (!progress.at().isBefore(next())) {
      lastPlain = progress.at();
      out.println(screen.line(progress));
      out.flush();
    }
  }

  /** Leaves the block that is shown where it is. */
  public synchronized void keep() {
    drawn = 0;
  }

  private Instant next() {
    return lastPlain.equals(Instant.MIN) ? Instant.MIN : lastPlain.plus(PLAIN_EVERY);
  }

  private void erase() {
    if (drawn > 0) {
      out.printf(UP_AND_CLEAR, drawn);
      drawn = 0;
    }
  }
}
