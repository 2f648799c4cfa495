package io.tidemark.benchmark;

import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Server;
import io.tidemark.settings.ConnectionSpec;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

/**
 * Tables of Flink SQL beside those of Flink CDC: one Flink, one declaration, the same rows, and
 * another word for the connector. They take turns; a round's ratio is to the other in that round.
 */
final class SqlBenchmark {

  /**
   * Times as fast as Flink CDC.
   *
   * @param snapshot rows of a copy into a sink that throws them away
   * @param changes of a log, from a savepoint, into the same
   * @param copy of a table into one of another server, by Tidemark's sink and by {@code jdbc}
   */
  record Result(Ratios snapshot, Ratios changes, Ratios copy) {}

  private static final long POLL_NANOS = 5_000_000;
  private static final Duration LONG = Duration.ofMinutes(30);

  private static final String COLUMNS =
      " (id BIGINT, amount INT, name STRING, changed %s, price DECIMAL(12, 2), note STRING,"
          + " PRIMARY KEY (id) NOT ENFORCED)";

  private final Server source;
  private final AnyServer target;
  private final String database;
  private final Path rival;
  private final PrintStream out;
  private int runs;

  /**
   * @param source has the table {@code item} in the database
   * @param rival the jar of Flink CDC's connector
   */
  SqlBenchmark(Server source, AnyServer target, String database, Path rival, PrintStream out) {
    this.source = source;
    this.target = target;
    this.database = database;
    this.rival = rival;
    this.out = out;
  }

  Result run(long rows, long changes, int rounds) throws Exception {
    Result result = new Result(new Ratios(), new Ratios(), new Ratios());
    for (int round = 1; round <= rounds; round++) {
      double[] theirs = measure(rivals(), rows, changes);
      double[] ours = measure(tidemarks(), rows, changes);
      result.snapshot().add(theirs[0] / ours[0]);
      result.changes().add(theirs[1] / ours[1]);
      result.copy().add(theirs[2] / ours[2]);
      out.printf(
          "round %d: %d rows: Flink CDC %.1f s, Tidemark %.1f s; %d changes: %.1f s, %.1f s;"
              + " into a table: %.1f s, %.1f s%n",
          round, rows, theirs[0], ours[0], changes, theirs[1], ours[1], theirs[2], ours[2]);
    }
    return result;
  }

  private boolean fromMySql() {
    return source instanceof MySqlServer;
  }

  private String rivals() {
    return fromMySql() ? "mysql-cdc" : "postgres-cdc";
  }

  private String tidemarks() {
    return fromMySql() ? "tidemark-mysql" : "tidemark-postgres";
  }

  /** Seconds of each of the three. MariaDB is read by the connectors for MySQL. */
  private double[] measure(String connector, long rows, long changes) throws Exception {
    runs++;
    String slot = "bench_" + runs;
    Path savepoints = Files.createTempDirectory("bench-savepoints");
    CountingSinkFactory.COUNT.reset();
    long begun = System.nanoTime();
    JobClient job = counting(connector, slot, Optional.empty());
    awaitCount(job, rows);
    double snapshot = secondsSince(begun);
    String savepoint =
        job.stopWithSavepoint(false, savepoints.toUri().toString(), SavepointFormatType.CANONICAL)
            .get(LONG.toSeconds(), TimeUnit.SECONDS);
    change(changes);
    CountingSinkFactory.COUNT.reset();
    begun = System.nanoTime();
    job = counting(connector, slot, Optional.of(savepoint));
    awaitCount(job, changes);
    double log = secondsSince(begun);
    job.cancel().get(LONG.toSeconds(), TimeUnit.SECONDS);
    drop(slot);
    target.clear(database);
    createTarget();
    begun = System.nanoTime();
    job = copying(connector, slot + "_copy");
    target.await(
        LONG, database, "SELECT (SELECT count(*) FROM item) >= " + rows + " FROM pg_sleep(0.2)");
    double copy = secondsSince(begun);
    requireSame(connector);
    job.cancel().get(LONG.toSeconds(), TimeUnit.SECONDS);
    drop(slot + "_copy");
    return new double[] {snapshot, log, copy};
  }

  private void requireSame(String connector) throws SQLException {
    String there = new AnyServer(source).one(database, MySqlLab.DIGEST + "item");
    String copied = target.one(database, MySqlLab.DIGEST + "item");
    if (!there.equals(copied)) {
      throw new IllegalStateException(
          connector + " made of " + there + " at the source " + copied + " at the target");
    }
  }

  private TableEnvironment tables(Optional<String> savepoint) {
    Configuration settings = new Configuration();
    settings.setString("execution.checkpointing.interval", "5 s");
    settings.setString("parallelism.default", "2");
    settings.setString("taskmanager.numberOfTaskSlots", "2");
    savepoint.ifPresent(path -> settings.setString("execution.savepoint.path", path));
    TableEnvironment tables =
        TableEnvironment.create(
            EnvironmentSettings.newInstance().withConfiguration(settings).build());
    tables.executeSql("ADD JAR '" + rival.toAbsolutePath() + "'");
    return tables;
  }

  private TableEnvironment declared(String connector, String slot, Optional<String> savepoint) {
    TableEnvironment tables = tables(savepoint);
    ConnectionSpec spec = source.spec(database);
    URI uri = URI.create(spec.url().substring("jdbc:".length()));
    tables.executeSql(
        ("CREATE TABLE source" + COLUMNS)
                .formatted(fromMySql() ? "TIMESTAMP(6)" : "TIMESTAMP_LTZ(6)")
            + (" WITH ('connector' = '%s', 'hostname' = '%s', 'port' = '%d', 'username' = '%s',"
                    + " 'password' = '%s', 'database-name' = '%s', 'table-name' = '%s'%s)")
                .formatted(
                    connector,
                    uri.getHost(),
                    uri.getPort(),
                    spec.user(),
                    spec.password(),
                    database,
                    "item",
                    fromMySql()
                        ? ", 'server-id' = '"
                            + (5_400 + 10 * runs)
                            + "-"
                            + (5_409 + 10 * runs)
                            + "'"
                        : ", 'schema-name' = 'public', 'decoding.plugin.name' = 'pgoutput',"
                            + " 'scan.incremental.snapshot.enabled' = 'true', 'slot.name' = '"
                            + slot
                            + "'"));
    return tables;
  }

  private JobClient counting(String connector, String slot, Optional<String> savepoint) {
    TableEnvironment tables = declared(connector, slot, savepoint);
    tables.executeSql(
        ("CREATE TABLE sink" + COLUMNS).formatted(fromMySql() ? "TIMESTAMP(6)" : "TIMESTAMP_LTZ(6)")
            + " WITH ('connector' = '"
            + CountingSinkFactory.NAME
            + "')");
    return tables.executeSql("INSERT INTO sink SELECT * FROM source").getJobClient().orElseThrow();
  }

  private JobClient copying(String connector, String slot) {
    TableEnvironment tables = declared(connector, slot, Optional.empty());
    ConnectionSpec spec = target.spec(database);
    boolean ours = connector.equals(tidemarks());
    tables.executeSql(
        ("CREATE TABLE sink" + COLUMNS).formatted("TIMESTAMP(6)")
            + " WITH ('connector' = '%s', 'url' = '%s', 'table-name' = '%s', 'username' = '%s', 'password' = '%s')"
                .formatted(
                    ours ? "tidemark-jdbc" : "jdbc",
                    spec.url(),
                    ours ? "public.item" : "item",
                    spec.user(),
                    spec.password()));
    return tables
        .executeSql(
            "INSERT INTO sink SELECT id, amount, name, CAST(changed AS TIMESTAMP(6)), price, note"
                + " FROM source")
        .getJobClient()
        .orElseThrow();
  }

  private void createTarget() throws SQLException {
    target.execute(
        database,
        "CREATE TABLE item (id bigint PRIMARY KEY, amount int, name text, changed timestamp(6),"
            + " price numeric(12,2), note text)");
  }

  private void change(long changes) throws SQLException {
    for (long from = 0; from < changes; from += 1_000) {
      source.execute(
          database,
          "UPDATE item SET amount = amount + 1 WHERE id > "
              + from
              + " AND id <= "
              + Math.min(changes, from + 1_000));
    }
  }

  private void drop(String slot) throws Exception {
    if (!fromMySql()) {
      AnyServer server = new AnyServer(source);
      server.await(
          Duration.ofSeconds(60),
          database,
          "SELECT NOT EXISTS (SELECT FROM pg_replication_slots WHERE active)");
      for (String statement :
          List.of(
              "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots",
              "DO $$ DECLARE p name; BEGIN FOR p IN SELECT pubname FROM pg_publication LOOP"
                  + " EXECUTE format('DROP PUBLICATION %I', p); END LOOP; END $$")) {
        server.execute(database, statement);
      }
    }
  }

  private static void awaitCount(JobClient job, long expected) throws Exception {
    long deadline = System.nanoTime() + LONG.toNanos();
    while (CountingSinkFactory.COUNT.sum() < expected) {
      if (job.getJobStatus().get(60, TimeUnit.SECONDS).isGloballyTerminalState()) {
        job.getJobExecutionResult().get(60, TimeUnit.SECONDS);
        throw new IllegalStateException("the job ended with " + CountingSinkFactory.COUNT);
      }
      if (System.nanoTime() > deadline) {
        throw new TimeoutException(
            CountingSinkFactory.COUNT + " of " + expected + " changes came within " + LONG);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  private static double secondsSince(long begun) {
    return (System.nanoTime() - begun) / 1e9;
  }
}
