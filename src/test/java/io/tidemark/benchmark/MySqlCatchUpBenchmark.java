package io.tidemark.benchmark;

import java.io.PrintStream;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/**
 * A stream that was stopped while the source went on, against a replica of MySQL with one applier
 * that was stopped too, from the same source in the same run.
 */
final class MySqlCatchUpBenchmark {

  private static final Duration TIMEOUT = Duration.ofMinutes(20);
  private static final String STREAM = "streamed";

  /**
   * @param whole the ratio of the whole times, from the command to start
   * @param working without the start-up of either
   */
  record Result(Ratios whole, Ratios working) {}

  private final MySqlLab lab;
  private final PrintStream out;
  private long first = 1;
  private long last;

  MySqlCatchUpBenchmark(MySqlLab lab, PrintStream out) {
    this.lab = lab;
    this.out = out;
  }

  /** The source's table is there, with ids from 1 to {@code rows}. */
  Result run(long rows, long changes, int rounds) throws Exception {
    last = rows;
    prepare(rows);
    Result result = new Result(new Ratios(), new Ratios());
    for (int round = 1; round <= rounds; round++) {
      write(changes, round);
      boolean replicaFirst = round % 2 == 1;
      Timing replica = replicaFirst ? replica(round) : null;
      Timing tidemark = tidemark(round);
      if (replica == null) {
        replica = replica(round);
      }
      requireSame();
      double whole = replica.seconds() / tidemark.seconds();
      double working = replica.workingSeconds() / tidemark.workingSeconds();
      result.whole.add(whole);
      result.working.add(working);
      out.printf(
          "catch-up of %,d changes: replica %.1f s (%.1f s without start-up), Tidemark %.1f s"
              + " (%.1f s): ratio %.2f (%.2f without start-up); %s%n",
          changes,
          replica.seconds(),
          replica.workingSeconds(),
          tidemark.seconds(),
          tidemark.workingSeconds(),
          whole,
          working,
          Load.now());
    }
    return result;
  }

  /** Brings both up to date, and stops them. */
  private void prepare(long rows) throws Exception {
    lab.source()
        .execute(
            "",
            "CREATE TABLE bench.mark (round INT PRIMARY KEY)",
            "CREATE DATABASE lab",
            "USE lab",
            WRITE);
    lab.peer().createDatabase(MySqlLab.DATABASE);
    MySqlLab.fill(lab.peer(), MySqlLab.DATABASE, rows);
    // What the source has executed so far is in the peer's tables, or none of its business.
    lab.peer()
        .execute(
            "",
            "CREATE TABLE bench.mark (round INT PRIMARY KEY)",
            "RESET BINARY LOGS AND GTIDS",
            "SET GLOBAL gtid_purged = '"
                + new AnyServer(lab.source()).one("", "SELECT @@global.gtid_executed")
                + "'",
            // One applier; 0, which had no coordinator, is deprecated since 8.0.30.
            "SET GLOBAL replica_parallel_workers = 1");
    lab.peer().replicateFrom(lab.source());
    lab.peer().awaitTransactionsOf(lab.source());
    lab.peer().execute("", "STOP REPLICA");
    lab.target().clear(MySqlLab.DATABASE);
    try (LabJob job =
        LabJob.start(
            lab, STREAM, LabJob.STREAMING, Duration.ofSeconds(60), Duration.ofSeconds(1))) {
      job.awaitConsistent(TIMEOUT);
      job.awaitFinished(TIMEOUT);
    }
  }

  /** Faster than durable: nobody measures this. */
  private void write(long changes, int round) throws SQLException {
    lab.source()
        .execute("", "SET GLOBAL sync_binlog = 0", "SET GLOBAL innodb_flush_log_at_trx_commit = 2");
    try (Connection connection = lab.source().connect("lab");
        Statement statement = connection.createStatement();
        ResultSet keys =
            statement.executeQuery(
                "CALL bench_write(%d, %d, %d)".formatted(changes, first, last))) {
      keys.next();
      first = keys.getLong(1);
      last = keys.getLong(2);
    }
    lab.source()
        .execute(
            "",
            "SET GLOBAL sync_binlog = 1",
            "SET GLOBAL innodb_flush_log_at_trx_commit = 1",
            "INSERT INTO bench.mark VALUES (" + round + ")");
  }

  private Timing tidemark(int round) throws Exception {
    try (LabJob job =
        LabJob.start(
            lab, STREAM, LabJob.STREAMING, Duration.ofSeconds(60), Duration.ofSeconds(5))) {
      return job.await(TIMEOUT, marked(round));
    }
  }

  private Timing replica(int round) throws Exception {
    AnyServer replica = new AnyServer(lab.peer());
    long started = System.nanoTime();
    replica.execute("", "START REPLICA");
    long working =
        replica.await(
            TIMEOUT,
            "",
            "SELECT SERVICE_STATE = 'ON' FROM"
                + " performance_schema.replication_connection_status");
    long done = replica.await(TIMEOUT, MySqlLab.DATABASE, marked(round));
    replica.execute("", "STOP REPLICA");
    return new Timing(started, started, working, done);
  }

  private void requireSame() throws SQLException {
    String sql = MySqlLab.DIGEST + lab.copied();
    String source = new AnyServer(lab.source()).one("", sql);
    String replicated = new AnyServer(lab.peer()).one("", sql);
    String streamed = lab.target().one(MySqlLab.DATABASE, sql);
    if (!source.equals(streamed) || !source.equals(replicated)) {
      throw new IllegalStateException(
          "the targets differ: %s, replicated %s, streamed %s"
              .formatted(source, replicated, streamed));
    }
  }

  private static String marked(int round) {
    return "SELECT EXISTS (SELECT 1 FROM bench.mark WHERE round = " + round + ")";
  }

  /** 70 % updates, 15 % inserts, 15 % deletes, row by row, 100 of them per transaction. */
  private static final String WRITE =
      """
      CREATE PROCEDURE bench_write(IN changes BIGINT, IN lo BIGINT, IN hi BIGINT)
      BEGIN
        DECLARE i, chosen BIGINT DEFAULT 1;
        DECLARE dice DOUBLE;
        START TRANSACTION;
        WHILE i <= changes DO
          SET dice = RAND();
          IF dice < 0.7 THEN
            SET chosen = lo + FLOOR(RAND() * (hi - lo));
            UPDATE bench.item SET amount = amount + 1, changed = NOW(6) WHERE id = chosen;
          ELSEIF dice < 0.85 THEN
            SET hi = hi + 1;
            INSERT INTO bench.item VALUES (hi, i % 1000, LPAD(HEX(hi * 2654435761), 32, 'n'), NOW(6),
              (hi % 100000) * 1.37, REPEAT(LPAD(HEX(hi * 2654435761), 32, 'x'), 4));
          ELSE
            DELETE FROM bench.item WHERE id = lo;
            SET lo = lo + 1;
          END IF;
          IF i % 100 = 0 THEN
            COMMIT;
            START TRANSACTION;
          END IF;
          SET i = i + 1;
        END WHILE;
        COMMIT;
        SELECT lo, hi;
      END
      """;
}
