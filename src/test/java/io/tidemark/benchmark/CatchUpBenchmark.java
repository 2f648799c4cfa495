package io.tidemark.benchmark;

import java.io.PrintStream;
import java.time.Duration;

/**
 * A stream that was stopped while the source went on, against PostgreSQL's own logical replication
 * from the same source in the same run: how long each takes to apply what has gathered.
 */
final class CatchUpBenchmark {

  private static final Duration TIMEOUT = Duration.ofMinutes(20);
  private static final String TIDEMARK = "streamed";
  private static final String NATIVE = "subscribed";

  /**
   * @param whole the ratio of the whole times, from the command to start
   * @param cold the same with Flink's own start on Tidemark's side
   * @param working without the start-up of either
   */
  record Result(Ratios whole, Ratios cold, Ratios working) {}

  private final BenchmarkServers servers;
  private final PrintStream out;

  CatchUpBenchmark(BenchmarkServers servers, PrintStream out) {
    this.servers = servers;
    this.out = out;
  }

  /** The source's table is there, with ids from 1 to {@code rows}. */
  Result run(long rows, long changes, int rounds) throws Exception {
    prepare(rows);
    Result result = new Result(new Ratios(), new Ratios(), new Ratios());
    for (int round = 1; round <= rounds; round++) {
      servers
          .source()
          .execute(
              BenchmarkServers.DATABASE,
              "CALL bench.write(" + changes + ")",
              "INSERT INTO public.mark VALUES (" + round + ")",
              "CHECKPOINT");
      boolean nativeFirst = round % 2 == 1;
      Timing subscription = nativeFirst ? subscription(round) : null;
      Timing tidemark = tidemark(round);
      if (subscription == null) {
        subscription = subscription(round);
      }
      requireSame(round);
      double whole = subscription.seconds() / tidemark.seconds();
      double cold = subscription.seconds() / tidemark.coldSeconds();
      double working = subscription.workingSeconds() / tidemark.workingSeconds();
      result.whole.add(whole);
      result.cold.add(cold);
      result.working.add(working);
      out.printf(
          "catch-up of %,d changes: logical replication %.1f s (%.1f s without start-up), Tidemark"
              + " %.1f s (%.1f s; %.1f s with Flink's start): ratio %.2f (%.2f without start-up,"
              + " %.2f with Flink's start); %s%n",
          changes,
          subscription.seconds(),
          subscription.workingSeconds(),
          tidemark.seconds(),
          tidemark.workingSeconds(),
          tidemark.coldSeconds(),
          whole,
          working,
          cold,
          Load.now());
    }
    return result;
  }

  /** Brings both up to date, and stops them. */
  private void prepare(long rows) throws Exception {
    servers
        .source()
        .execute(
            BenchmarkServers.DATABASE,
            "CREATE TABLE public.mark (round int PRIMARY KEY)",
            "CREATE SCHEMA bench",
            "CREATE TABLE bench.live (first bigint, last bigint)",
            "INSERT INTO bench.live VALUES (1, " + rows + ")",
            WRITE,
            "CREATE PUBLICATION subscribed FOR TABLES IN SCHEMA public");
    servers.target().createDatabase(NATIVE);
    servers.target().createDatabase(TIDEMARK);
    servers
        .target()
        .execute(
            NATIVE,
            BenchmarkServers.TABLE,
            "CREATE TABLE public.mark (round int PRIMARY KEY)",
            ("CREATE SUBSCRIPTION subscribed CONNECTION 'host=127.0.0.1 port=%d user=postgres"
                    + " dbname=%s' PUBLICATION subscribed")
                .formatted(servers.source().port(), BenchmarkServers.DATABASE));
    new AnyServer(servers.target())
        .await(TIMEOUT, NATIVE, "SELECT bool_and(srsubstate = 'r') FROM pg_subscription_rel");
    disable();
    try (MeasuredJob job = MeasuredJob.start(servers, TIDEMARK, "log", Duration.ofSeconds(1))) {
      job.awaitConsistent(TIMEOUT);
      job.awaitFinished(TIMEOUT);
    }
    servers.target().execute(NATIVE, "VACUUM ANALYZE", "CHECKPOINT");
    servers.target().execute(TIDEMARK, "VACUUM ANALYZE", "CHECKPOINT");
  }

  private Timing tidemark(int round) throws Exception {
    servers.target().execute(TIDEMARK, "CHECKPOINT");
    try (MeasuredJob job = MeasuredJob.start(servers, TIDEMARK, "log")) {
      return job.await(TIMEOUT, marked(round));
    }
  }

  private Timing subscription(int round) throws Exception {
    servers.target().execute(NATIVE, "CHECKPOINT");
    long started = System.nanoTime();
    servers.target().execute(NATIVE, "ALTER SUBSCRIPTION subscribed ENABLE");
    long working =
        new AnyServer(servers.source())
            .await(
                TIMEOUT,
                BenchmarkServers.DATABASE,
                "SELECT active FROM pg_replication_slots WHERE slot_name = 'subscribed'");
    long done = new AnyServer(servers.target()).await(TIMEOUT, NATIVE, marked(round));
    disable();
    return new Timing(started, started, working, done);
  }

  private void disable() throws Exception {
    servers.target().execute(NATIVE, "ALTER SUBSCRIPTION subscribed DISABLE");
    new AnyServer(servers.source())
        .await(
            TIMEOUT,
            BenchmarkServers.DATABASE,
            "SELECT NOT active FROM pg_replication_slots WHERE slot_name = 'subscribed'");
  }

  private void requireSame(int round) throws Exception {
    String digest =
        "SELECT count(*) || ' ' || sum(hashtextextended(i::text, 0)) FROM public.item AS i";
    String source = new AnyServer(servers.source()).one(BenchmarkServers.DATABASE, digest);
    String streamed = new AnyServer(servers.target()).one(TIDEMARK, digest);
    String subscribed = new AnyServer(servers.target()).one(NATIVE, digest);
    if (!source.equals(streamed) || !source.equals(subscribed)) {
      throw new IllegalStateException("the targets differ from the source in round " + round);
    }
  }

  private static String marked(int round) {
    return "SELECT EXISTS (SELECT FROM public.mark WHERE round = " + round + ")";
  }

  /** 70 % updates, 15 % inserts, 15 % deletes, row by row, 100 of them per transaction. */
  private static final String WRITE =
      """
      CREATE PROCEDURE bench.write(changes bigint) LANGUAGE plpgsql AS $$
      DECLARE
        lo bigint; hi bigint; chosen bigint; dice float;
      BEGIN
        SELECT first, last INTO lo, hi FROM bench.live;
        FOR i IN 1 .. changes LOOP
          dice := random();
          IF dice < 0.7 THEN
            chosen := lo + floor(random() * (hi - lo));
            UPDATE public.item SET amount = amount + 1, changed = clock_timestamp()
            WHERE id = chosen;
          ELSIF dice < 0.85 THEN
            hi := hi + 1;
            INSERT INTO public.item VALUES (hi, i % 1000, md5(hi::text), clock_timestamp(),
              (hi % 100000) * 1.37, repeat(md5((hi * 7)::text), 4));
          ELSE
            DELETE FROM public.item WHERE id = lo;
            lo := lo + 1;
          END IF;
          IF i % 100 = 0 THEN
            COMMIT;
          END IF;
        END LOOP;
        UPDATE bench.live SET first = lo, last = hi;
        COMMIT;
      END $$
      """;
}
