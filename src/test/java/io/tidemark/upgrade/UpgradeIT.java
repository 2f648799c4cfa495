package io.tidemark.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidemark.cli.JobRun;
import io.tidemark.cli.StreamProgress;
import io.tidemark.endtoend.fixture.Await;
import io.tidemark.endtoend.fixture.FlinkRest;
import io.tidemark.job.JobFile;
import io.tidemark.job.PreparedJob;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import io.tidemark.settings.ConnectionSpec;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Streams whose ledger, savepoint and log a Tidemark of another time has left go on from there, in
 * the copy and behind it, and end equal. Whoever changes the ledger, or what a checkpoint keeps,
 * adds a folder of what the former version left: {@code -Dtidemark.former=NAME} has this class
 * write one.
 */
@Timeout(900)
class UpgradeIT {

  private static final String COPYING = "copying";
  private static final String STREAMING = "streaming";
  private static final List<String> STREAMS = List.of(COPYING, STREAMING);
  private static final String BASE = "base";
  private static final int ROWS = 600;

  /** In a row of a copied chunk: gone if that was copied again. Nothing of the log changes it. */
  private static final int MARK = 777;

  private static final Duration LONG = Duration.ofSeconds(300);

  @TempDir private Path directory;

  static List<FormerStreams> former() throws IOException {
    return FormerStreams.all();
  }

  @ParameterizedTest
  @MethodSource("former")
  void streamsOfAFormerTidemarkGoOn(FormerStreams former) throws Exception {
    try (MySqlServer source = new MySqlServer(MySqlVendor.MYSQL, Map.of());
        PostgresServer postgres = new PostgresServer(Map.of());
        MySqlServer mysql = new MySqlServer(MySqlVendor.MYSQL, Map.of())) {
      former.restoreSource(source);
      for (Server target : List.of(postgres, mysql)) {
        target.createDatabase(BASE);
        former.restoreTarget(target, BASE);
        for (String stream : STREAMS) {
          boolean copying = stream.equals(COPYING);
          assertThat(isConsistent(target, stream)).isNotEqualTo(copying);
          if (copying) {
            target.execute(BASE, "UPDATE shop_copying.t SET v = " + MARK + " WHERE id = 1");
          }
          String savepoint = former.savepoint(stream, target).toAbsolutePath().toUri().toString();
          try (JobRun job = start(file(source, target, stream), Optional.of(savepoint))) {
            write(source, "UPDATE t SET v = v + 1 WHERE id % 7 = 0");
            write(source, "DELETE FROM t WHERE id % 11 = 0");
            write(source, "INSERT INTO u (v) SELECT max(v) + 1 FROM (SELECT v FROM u) AS now");
            awaitEqual(job, source, target, stream, copying ? "1 " + MARK : "1 0");
            assertThat(job.stop(LONG)).isTrue();
          }
        }
      }
    }
  }

  /** Not a test of anything: writes what the other one reads. */
  @Test
  void writesWhatStreamsOfTodayLeave() throws Exception {
    String name = System.getProperty("tidemark.former", "");
    assumeTrue(!name.isEmpty(), "-Dtidemark.former=NAME writes src/test/resources/upgrade/NAME");
    FormerStreams kept =
        new FormerStreams(
            Files.createDirectories(Path.of("src/test/resources/upgrade").resolve(name)));
    try (MySqlServer source = new MySqlServer(MySqlVendor.MYSQL, Map.of());
        PostgresServer postgres = new PostgresServer(Map.of());
        MySqlServer mysql = new MySqlServer(MySqlVendor.MYSQL, Map.of())) {
      createShop(source);
      for (Server target : List.of(postgres, mysql)) {
        target.createDatabase(BASE);
        Path file = file(source, target, STREAMING);
        try (JobRun job = start(file, Optional.empty())) {
          awaitEqual(job, source, target, STREAMING, "1 0");
          write(source, "UPDATE t SET v = v + 1 WHERE id BETWEEN 10 AND 20");
          awaitEqual(job, source, target, STREAMING, "1 0");
          keepSavepoint(job, kept.savepoint(STREAMING, target));
        }
        try (JobRun job = start(file(source, target, COPYING), Optional.empty())) {
          await("in the copy", () -> copiedChunks(target, COPYING) > 8);
          write(source, "UPDATE t SET v = v + 1 WHERE id % 50 = 0");
          keepSavepoint(job, kept.savepoint(COPYING, target));
        }
        assertThat(isConsistent(target, COPYING)).as("too fast: try again").isFalse();
      }
      write(source, "INSERT INTO u (v) VALUES (5)");
      write(source, "UPDATE t SET v = v + 1 WHERE id % 3 = 0");
      for (Server target : List.of(postgres, mysql)) {
        kept.keepTarget(target, BASE, STREAMS);
      }
      kept.keepSource(source);
    }
  }

  private static void createShop(MySqlServer source) throws SQLException {
    source.createDatabase(FormerStreams.SCHEMA);
    List<String> rows = new ArrayList<>();
    for (int id = 1; id <= ROWS; id++) {
      rows.add("(" + id + ", 0)");
    }
    source.execute(
        FormerStreams.SCHEMA,
        "RESET BINARY LOGS AND GTIDS",
        "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL)",
        "CREATE TABLE u (id BIGINT AUTO_INCREMENT PRIMARY KEY, v INT, UNIQUE KEY uv (v))",
        "INSERT INTO t VALUES " + String.join(", ", rows),
        "INSERT INTO u (v) VALUES (1), (2)");
  }

  private static void write(MySqlServer source, String statement) throws SQLException {
    source.execute(FormerStreams.SCHEMA, statement);
  }

  private static JobRun start(Path file, Optional<String> savepoint) throws Exception {
    PreparedJob prepared = PreparedJob.prepare(JobFile.read(file), line -> {}).orElseThrow();
    return JobRun.start(prepared, savepoint, 0);
  }

  private static void keepSavepoint(JobRun job, Path kept) throws Exception {
    URI dashboard = job.dashboard();
    Path savepoint = Path.of(URI.create(FlinkRest.at(dashboard).stopOnlyJob(kept.getParent())));
    try (var files = Files.list(savepoint)) {
      assertThat(files.map(file -> file.getFileName().toString())).containsExactly("_metadata");
    }
    Files.move(savepoint, kept);
  }

  /**
   * @param first the target's first row, which may be marked
   */
  private static void awaitEqual(
      JobRun job, Server source, Server target, String stream, String first) throws Exception {
    await("finished", () -> job.progress().filter(StreamProgress::finished).isPresent());
    for (String table : List.of("t", "u")) {
      String written = FormerStreams.schema(stream) + "." + table;
      await(
          table + " equal",
          () -> {
            List<String> expected =
                rows(source, FormerStreams.SCHEMA, FormerStreams.SCHEMA + "." + table);
            if (table.equals("t")) {
              expected.set(0, first);
            }
            return rows(target, BASE, written).equals(expected);
          });
    }
  }

  private static void await(String what, BooleanSupplier condition) throws Exception {
    Await.until(what, LONG, condition::getAsBoolean, () -> "see the job's log");
  }

  private static boolean isConsistent(Server target, String stream) {
    String sql = "SELECT count(*) FROM tidemark.progress WHERE consistent AND stream = '";
    return number(target, sql + stream + "'") == 1;
  }

  private static long copiedChunks(Server target, String stream) {
    boolean ledger =
        number(
                target,
                "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'tidemark'"
                    + " AND table_name = 'version'")
            == 1;
    return ledger
        ? number(target, "SELECT count(*) FROM tidemark.chunk WHERE stream = '" + stream + "'")
        : 0;
  }

  private static long number(Server target, String sql) {
    return Long.parseLong(query(target, BASE, sql).get(0));
  }

  private static List<String> rows(Server server, String database, String table) {
    return query(server, database, "SELECT concat(id, ' ', v) FROM " + table + " ORDER BY id");
  }

  private static List<String> query(Server server, String database, String sql) {
    List<String> values = new ArrayList<>();
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private Path file(Server source, Server target, String stream) throws IOException {
    ConnectionSpec from = source.spec(FormerStreams.SCHEMA);
    ConnectionSpec to = target.spec(BASE);
    return Files.writeString(
        directory.resolve(stream + ".yaml"),
        """
        name: %s
        source: {url: "%s", user: "%s", password: "%s", tables: "shop.*"}
        target: {url: "%s", user: "%s", password: "%s"}
        rename: {schemas: {shop: %s}}
        copy: {cycle: 2s, chunk-rows: %d, parallelism: 1}
        checkpoint: {interval: 200ms}
        """
            .formatted(
                stream,
                from.url(),
                from.user(),
                from.password(),
                to.url(),
                to.user(),
                to.password(),
                FormerStreams.schema(stream),
                stream.equals(COPYING) ? 10 : ROWS));
  }
}
