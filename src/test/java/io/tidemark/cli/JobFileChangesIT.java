package io.tidemark.cli;

import static io.tidemark.cli.CommandRun.await;
import static io.tidemark.cli.CommandRun.number;
import static io.tidemark.cli.CommandRun.run;
import static io.tidemark.cli.CommandRun.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What of the job file decides what the rows at the target are may not change between two starts,
 * and two streams do not write one table: the check finds it, a run is refused, and the job that
 * runs is left alone. What may change does.
 */
@Timeout(300)
class JobFileChangesIT {

  @MySql private static MySqlServer mysql;
  @MariaDb private static MySqlServer mariaDb;
  @Postgres private static PostgresServer postgres;
  @Postgres private static PostgresServer target;

  @TempDir Path directory;

  /** From where. */
  enum From {
    POSTGRES,
    MYSQL,
    MARIADB;

    Server server() {
      return switch (this) {
        case POSTGRES -> postgres;
        case MYSQL -> mysql;
        case MARIADB -> mariaDb;
      };
    }

    String schema() {
      return this == POSTGRES ? "public" : "shop";
    }
  }

  /**
   * @param source further settings of the source
   * @param more further sections
   * @param says what the refusal names; none if the change is accepted
   */
  private record Change(String source, String more, List<String> says) {}

  private static List<Change> changes(From from) {
    String table = from.schema() + ".t";
    List<String> where = List.of("source.where (\"v > 20\", and was \"v > 10\")", table, "drop");
    return List.of(
        new Change("columns: {T: [id, v]}, where: {T: \"v > 20\"}", "", where),
        new Change(
            "columns: {T: [id, v]}", "", List.of("source.where (none, and was \"v > 10\")", table)),
        new Change(
            "columns: {T: [id, v, w]}, where: {T: \"v > 10\"}",
            "",
            List.of("source.columns (id, v, w travel, and id, v did)")),
        new Change(
            "where: {T: \"v > 10\"}",
            "",
            List.of("source.columns (all: id, v, w travel, and id, v did)")),
        new Change(
            "columns: {T: [id, v]}, where: {T: \"v > 10\", U: \"id > 1\"}",
            "",
            List.of("source.where (\"id > 1\", and was none)", from.schema() + ".u")),
        new Change(
            "columns: {T: [id, v]}, where: {T: \"v > 10\"}",
            "rename: {tables: {T: shop.other}}\n",
            List.of("rename (the target's table is shop.other and was shop.t)")),
        new Change(
            "columns: {T: [id, v]}, where: {T: \"v > 10\"}, schema-changes: ignore",
            "rename: {schemas: {S: shop}}\ncopy: {parallelism: 3, chunk-rows: 7, cycle: 2s}\n",
            List.of()),
        new Change(
            "columns: {T: [id, v]}, where: {T: \"v > 10\"}",
            "rename: {tables: {T: shop.t, U: shop.u}}\n",
            List.of()));
  }

  @ParameterizedTest
  @EnumSource(From.class)
  void whatTheRowsWereCopiedUnderStays(From from) throws Exception {
    String name = "c_" + from.name().toLowerCase(java.util.Locale.ROOT);
    create(from, name);
    Path file =
        file(from, name, name, "columns: {T: [id, v]}, where: {T: \"v > 10\"}", renamed(""));
    try (JobRun job = start(file)) {
      await(() -> job.progress().filter(StreamProgress::finished).isPresent());
      target.execute(name, "ALTER TABLE shop.t ADD COLUMN w int");
      long epoch = number(target, name, "SELECT epoch FROM tidemark.stream");
      for (Change change : changes(from)) {
        Path changed = file(from, name, name, change.source(), renamed(change.more()));
        boolean refused = !change.says().isEmpty();
        boolean first = change.equals(changes(from).get(0));
        for (String command : first ? List.of("check", "run") : List.of("check")) {
          CommandRun.Result result = run(command, changed.toString());
          assertThat(result.exitCode()).as(change + result.printed()).isEqualTo(refused ? 1 : 0);
          change.says().forEach(said -> assertThat(result.printed()).contains(said));
        }
      }
      assertThat(number(target, name, "SELECT epoch FROM tidemark.stream")).isEqualTo(epoch);
      from.server().execute(database(from, name), "INSERT INTO t VALUES (100, 100, 1)");
      await(() -> number(target, name, "SELECT count(*) FROM shop.t") == 3);
      assertThat(job.stop(Duration.ofSeconds(30))).isTrue();
    }

    // A stream of an older Tidemark has nothing to compare with, and remembers what it is given.
    target.execute(name, "DELETE FROM tidemark.memory WHERE about LIKE 'job:%'");
    copied(file);
    Path without =
        file(from, name, name, "columns: {T: [id, v]}, where: {T: \"v > 20\"}", renamed(""));
    assertThat(run("check", without.toString()).printed()).contains("source.where (\"v > 20\"");

    // The way on that the message names.
    Path taken = file(from, name, name, "", renamed(""), "U");
    copied(taken);
    target.execute(name, "DELETE FROM shop.t");
    copied(without);
    assertThat(number(target, name, "SELECT count(*) FROM shop.t")).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource(names = {"POSTGRES", "MYSQL"})
  void twoStreamsDoNotWriteOneTable(From from) throws Exception {
    String name = "s_" + from.name().toLowerCase(java.util.Locale.ROOT);
    create(from, name);
    Path first = file(from, name, name + "_1", "", renamed(""));
    Path second =
        file(from, name, name + "_2", "where: {T: \"v > 10\"}", renamed("") + truncating(), "T");
    Path apart =
        file(from, name, name + "_2", "", "rename: {tables: {T: mine.t}}\n" + truncating(), "T");
    copied(first);
    for (String command : List.of("check", "run")) {
      CommandRun.Result refused = run(command, second.toString());
      assertThat(refused.exitCode()).as(refused.printed()).isOne();
      assertThat(refused.printed())
          .contains(
              "table shop.t of the target is written by stream " + name + "_1 too", "with rename");
    }
    assertThat(number(target, name, "SELECT count(*) FROM shop.t")).isEqualTo(3);
    copied(apart);
    assertThat(number(target, name, "SELECT count(*) FROM mine.t")).isEqualTo(3);

    // Of a stream that an older Tidemark began, the names at the source are known.
    target.execute(name, "DELETE FROM tidemark.memory WHERE about LIKE 'job:%'");
    dropped(apart);
    String same = from == From.POSTGRES ? "public" : "shop";
    Path supposed =
        file(
            from,
            name,
            name + "_2",
            "",
            "rename: {schemas: {S: " + same + "}}\n" + truncating(),
            "T");
    assertThat(run("check", supposed.toString()).printed())
        .contains(
            "stream " + name + "_1, which an older Tidemark began, copies a table " + same + ".t",
            "start the job of " + name + "_1 once with this Tidemark");
    // The way on that the message names: then it is known which table that stream writes.
    copied(first);
    if (from == From.POSTGRES) {
      copied(supposed);
      dropped(supposed);
    } else {
      assertThat(run("check", supposed.toString()).printed())
          .contains("table shop.t of the target is written by stream " + name + "_1 too");
    }
    dropped(first);
    CommandRun.Result free = run("check", second.toString());
    assertThat(free.exitCode()).as(free.printed()).isZero();
  }

  /** A change of the whole is one of its parts, and a TRUNCATE of the whole one of all of them. */
  @Test
  void aPartitionIsWrittenByWhoeverWritesItsTable() throws Exception {
    String name = "parts";
    create(From.POSTGRES, name);
    target.execute(
        name,
        "CREATE SCHEMA shop",
        "CREATE TABLE shop.t (id int PRIMARY KEY, v int, w int) PARTITION BY RANGE (id)",
        "CREATE TABLE shop.low PARTITION OF shop.t FOR VALUES FROM (0) TO (100)"
            + " PARTITION BY RANGE (id)",
        "CREATE TABLE shop.lowest PARTITION OF shop.low FOR VALUES FROM (0) TO (50)",
        "CREATE TABLE shop.low_rest PARTITION OF shop.low DEFAULT",
        "CREATE TABLE shop.high PARTITION OF shop.t FOR VALUES FROM (100) TO (200)");
    Path whole = file(From.POSTGRES, name, name + "_1", "", renamed("") + truncating(), "T");
    Path part = partition(name, name + "_2", "lowest");
    copied(whole);
    for (String command : List.of("check", "run")) {
      CommandRun.Result refused = run(command, part.toString());
      assertThat(refused.exitCode()).as(refused.printed()).isOne();
      assertThat(refused.printed())
          .contains("table shop.lowest of the target is written by stream parts_1 too, as a part");
    }
    assertThat(number(target, name, "SELECT count(*) FROM shop.t")).isEqualTo(3);
    dropped(whole);
    target.execute(name, "TRUNCATE shop.t");
    copied(part);
    copied(partition(name, name + "_3", "high"));
    CommandRun.Result refused = run("check", whole.toString());
    assertThat(refused.exitCode()).as(refused.printed()).isOne();
    assertThat(refused.printed()).contains("as far as its part shop.");
  }

  private Path partition(String name, String stream, String table) throws Exception {
    return file(
        From.POSTGRES,
        name,
        stream,
        "where: {T: \"" + (table.equals("high") ? "id >= 100" : "id < 50") + "\"}",
        "rename: {tables: {T: shop." + table + "}}\n" + truncating(),
        "T");
  }

  /** By force: the sessions of a job that has just ended may still be seen. */
  private static void dropped(Path file) {
    CommandRun.Result result = run("drop", file.toString(), "--yes", "--force");
    assertThat(result.exitCode()).as(result.printed()).isZero();
  }

  private static void copied(Path file) {
    CommandRun.Result result = run("run", file.toString(), "--until-consistent");
    assertThat(result.exitCode()).as(result.printed()).isZero();
  }

  private static String renamed(String more) {
    return more.contains("rename:") ? more : "rename: {schemas: {S: shop}}\n" + more;
  }

  private static String truncating() {
    return "existing: truncate\n";
  }

  private static String database(From from, String name) {
    return from == From.POSTGRES ? name : "shop";
  }

  private static void create(From from, String name) throws Exception {
    target.createDatabase(name);
    if (from != From.POSTGRES) {
      from.server().execute("", "DROP DATABASE IF EXISTS shop");
    }
    from.server().createDatabase(database(from, name));
    from.server()
        .execute(
            database(from, name),
            "CREATE TABLE t (id int PRIMARY KEY, v int, w int)",
            "CREATE TABLE u (id int PRIMARY KEY)",
            "INSERT INTO t VALUES (1, 10, 1), (2, 20, 2), (3, 30, 3)",
            "INSERT INTO u VALUES (1)");
    if (from == From.POSTGRES) {
      postgres.execute(
          name, "ALTER TABLE t REPLICA IDENTITY FULL", "ALTER TABLE u REPLICA IDENTITY FULL");
    }
  }

  /** S, T and U in what is given stand for the source's schema and its tables. */
  private Path file(From from, String name, String stream, String source, String more)
      throws Exception {
    return file(from, name, stream, source, more, "*");
  }

  private Path file(
      From from, String name, String stream, String source, String more, String tables)
      throws Exception {
    String schema = from.schema();
    String selected = tables.equals("*") ? schema + ".*" : tables;
    Path file =
        CommandRun.jobFile(
            directory,
            stream,
            from.server().spec(database(from, name)),
            target.spec(name),
            "TABLES");
    boolean truncates = more.contains("existing: truncate\n");
    String sections = more.replace("existing: truncate\n", "");
    String written =
        Files.readString(file)
            .replace("\"TABLES\"", "\"" + selected + "\"" + (source.isEmpty() ? "" : ", " + source))
            .replaceAll(
                "(?m)^target: \\{", truncates ? "target: {existing: truncate, " : "target: {")
            .replaceAll(sections.contains("copy:") ? "(?m)^copy:.*\n" : "$^", "");
    return Files.writeString(
        file,
        (written + sections)
            .replaceAll("\\bT\\b", schema + ".t")
            .replaceAll("\\bU\\b", schema + ".u")
            .replaceAll("\\bS\\b", schema));
  }
}
