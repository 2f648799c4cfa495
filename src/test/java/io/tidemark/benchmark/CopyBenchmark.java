package io.tidemark.benchmark;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The copy of one table against two parallel {@code psql COPY | psql COPY} pipes. */
final class CopyBenchmark {

  private static final Duration TIMEOUT = Duration.ofMinutes(20);
  private static final String PIPED = "piped";

  /**
   * @param binary against pipes in the binary format, which is the one the copy uses
   * @param text against pipes in the text format
   * @param working against binary pipes, without the job's start-up
   */
  record Result(Ratios binary, Ratios text, Ratios working) {}

  private final BenchmarkServers servers;
  private final PrintStream out;

  CopyBenchmark(BenchmarkServers servers, PrintStream out) {
    this.servers = servers;
    this.out = out;
  }

  /** The rows are ids from 1 on; the source's table is there. */
  Result run(long rows, int rounds) throws Exception {
    Result result = new Result(new Ratios(), new Ratios(), new Ratios());
    servers.target().createDatabase(PIPED);
    servers.target().execute(PIPED, BenchmarkServers.TABLE);
    for (int round = 0; round < rounds; round++) {
      double binary = pipes(rows, "binary");
      Timing timing = tidemark("copied_" + round);
      double text = pipes(rows, "text");
      double tidemark = timing.coldSeconds();
      result.binary.add(binary / tidemark);
      result.text.add(text / tidemark);
      result.working.add(binary / timing.workingSeconds());
      out.printf(
          "copy of %,d rows: binary pipes %.1f s, text pipes %.1f s, Tidemark %.1f s: "
              + "ratio %.2f to binary, %.2f to text; %s%n",
          rows, binary, text, tidemark, binary / tidemark, text / tidemark, Load.now());
    }
    return result;
  }

  private Timing tidemark(String database) throws Exception {
    servers.target().createDatabase(database);
    servers.target().execute(database, "CHECKPOINT");
    Timing timing;
    try (MeasuredJob job =
        MeasuredJob.start(servers, database, "snapshot", Duration.ofSeconds(1))) {
      timing = job.awaitConsistent(TIMEOUT);
      job.awaitFinished(TIMEOUT);
    }
    out.printf(
        "  Tidemark: %.1f s, of which %.1f s start-up%n",
        timing.coldSeconds(), timing.coldSeconds() - timing.workingSeconds());
    servers.drop(database);
    servers.target().execute("postgres", "DROP DATABASE " + database + " WITH (FORCE)");
    return timing;
  }

  private double pipes(long rows, String format) throws Exception {
    servers.target().execute(PIPED, "TRUNCATE public.item", "CHECKPOINT");
    long started = System.nanoTime();
    List<Process> pipes = new ArrayList<>();
    for (int half = 0; half < 2; half++) {
      pipes.add(pipe(half * rows / 2 + 1, (half + 1) * rows / 2, format));
    }
    for (Process pipe : pipes) {
      if (pipe.waitFor() != 0) {
        throw new IOException("a psql pipe failed");
      }
    }
    return (System.nanoTime() - started) / 1e9;
  }

  private Process pipe(long first, long last, String format) throws IOException {
    String from =
        "COPY (SELECT * FROM public.item WHERE id BETWEEN %d AND %d) TO STDOUT (FORMAT %s)"
            .formatted(first, last, format);
    String to = "COPY public.item FROM STDIN (FORMAT %s)".formatted(format);
    String command =
        "set -o pipefail; psql -h 127.0.0.1 -p %d -U postgres %s -qXc '%s' | psql -h 127.0.0.1 -p %d -U postgres %s -qXc '%s'"
            .formatted(
                servers.source().port(),
                BenchmarkServers.DATABASE,
                from,
                servers.target().port(),
                PIPED,
                to);
    return new ProcessBuilder("bash", "-c", command).inheritIO().start();
  }
}
