package io.tidemark.benchmark;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The copy of one table against two parallel dumps that are loaded again: each stream writes its
 * half of the keys with {@code SELECT … INTO OUTFILE}, as {@code mysqldump --tab} does, and the
 * target's server reads that file with {@code LOAD DATA INFILE}. No row passes through a client.
 */
final class MySqlCopyBenchmark {

  private static final Duration TIMEOUT = Duration.ofMinutes(20);
  private static final String LOADED = "loaded";

  /**
   * @param whole from the command to start
   * @param working without the job's start-up
   */
  record Result(Ratios whole, Ratios working) {}

  private final MySqlLab lab;
  private final PrintStream out;

  MySqlCopyBenchmark(MySqlLab lab, PrintStream out) {
    this.lab = lab;
    this.out = out;
  }

  /** The source's table is there, with ids from 1. */
  Result run(long rows, int rounds) throws Exception {
    Result result = new Result(new Ratios(), new Ratios());
    for (int round = 1; round <= rounds; round++) {
      boolean peerFirst = round % 2 == 1;
      double peer = peerFirst ? dumps(rows) : 0;
      Timing timing = tidemark("copied_" + round);
      if (!peerFirst) {
        peer = dumps(rows);
      }
      result.whole.add(peer / timing.seconds());
      result.working.add(peer / timing.workingSeconds());
      out.printf(
          "copy of %,d rows: two dumps loaded %.1f s, Tidemark %.1f s (%.1f s without start-up):"
              + " ratio %.2f (%.2f); %s%n",
          rows,
          peer,
          timing.seconds(),
          timing.workingSeconds(),
          peer / timing.seconds(),
          peer / timing.workingSeconds(),
          Load.now());
    }
    return result;
  }

  private Timing tidemark(String stream) throws Exception {
    lab.target().clear(MySqlLab.DATABASE);
    Timing timing;
    try (LabJob job =
        LabJob.start(lab, stream, LabJob.COPYING, Duration.ofSeconds(60), Duration.ofSeconds(1))) {
      timing = job.awaitConsistent(TIMEOUT);
      job.awaitFinished(TIMEOUT);
    }
    String expected = digest();
    String found = lab.target().one(MySqlLab.DATABASE, MySqlLab.DIGEST + lab.copied());
    if (!expected.equals(found)) {
      throw new IllegalStateException("the target differs: " + found + " and not " + expected);
    }
    return timing;
  }

  private String digest() throws SQLException {
    return new AnyServer(lab.source()).one(MySqlLab.DATABASE, MySqlLab.DIGEST + lab.copied());
  }

  private double dumps(long rows) throws Exception {
    lab.peer()
        .execute(
            "",
            "DROP DATABASE IF EXISTS " + LOADED,
            "CREATE DATABASE " + LOADED,
            "USE " + LOADED,
            MySqlLab.TABLE);
    Path folder = Files.createTempDirectory("tidemark-dump");
    try {
      long started = System.nanoTime();
      List<CompletableFuture<Void>> streams = new ArrayList<>();
      for (int half = 0; half < 2; half++) {
        Path file = folder.resolve("half" + half);
        long first = half * rows / 2 + 1;
        long last = (half + 1) * rows / 2;
        streams.add(CompletableFuture.runAsync(() -> dump(file, first, last)));
      }
      streams.forEach(CompletableFuture::join);
      double seconds = (System.nanoTime() - started) / 1e9;
      lab.peer().execute("", "DROP DATABASE " + LOADED);
      return seconds;
    } finally {
      delete(folder);
    }
  }

  private void dump(Path file, long first, long last) {
    try (Connection from = lab.source().connect(MySqlLab.DATABASE);
        Connection to = lab.peer().connect(LOADED);
        Statement dump = from.createStatement();
        Statement load = to.createStatement()) {
      dump.execute(
          "SELECT * FROM item WHERE id BETWEEN %d AND %d INTO OUTFILE '%s' CHARACTER SET utf8mb4"
              .formatted(first, last, file));
      load.execute("LOAD DATA INFILE '%s' INTO TABLE item CHARACTER SET utf8mb4".formatted(file));
    } catch (SQLException e) {
      throw new IllegalStateException("a dump failed", e);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
