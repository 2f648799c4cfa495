package io.tidemark.cli;

import static io.tidemark.cli.CommandRun.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.endtoend.fixture.SqlShop;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code tidemark sql} as a person gives it: the files of {@code jobs}, and what is wrong. */
@Timeout(300)
class SqlCommandIT {

  private static final Duration LONG = Duration.ofSeconds(90);

  @Postgres private static PostgresServer postgres;
  @MySql private static MySqlServer mysql;

  @TempDir private Path folder;

  /** The command in a process of its own, with a log of what it prints. */
  private final class Running implements AutoCloseable {

    private final Path printed = folder.resolve("printed");
    private final Process process;

    Running(String file, Map<String, String> environment) throws Exception {
      ProcessBuilder builder =
          new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx512m",
              "-XX:TieredStopAtLevel=1",
              "@conf/flink.options",
              "-Dlog4j2.configurationFile=conf/log4j2.properties",
              "-Dtidemark.logs=" + folder,
              "-cp",
              System.getProperty("java.class.path"),
              "io.tidemark.cli.Main",
              "sql",
              file);
      builder.environment().putAll(environment);
      this.process = builder.redirectErrorStream(true).redirectOutput(printed.toFile()).start();
    }

    String printed() throws Exception {
      return Files.readString(printed);
    }

    void await(String what, Condition condition) throws Exception {
      Await.until(
          what,
          LONG,
          () -> {
            if (!process.isAlive()) {
              throw new AssertionError("the command has ended: " + printed());
            }
            return condition.holds();
          },
          () -> {
            try {
              return printed();
            } catch (Exception e) {
              return e.toString();
            }
          });
    }

    /** As Ctrl-C does. */
    void interrupt() throws Exception {
      new ProcessBuilder("kill", "-INT", String.valueOf(process.pid())).start().waitFor();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("the command ends").isTrue();
      assertThat(process.exitValue()).as(printed()).isEqualTo(130);
      assertThat(printed()).contains("The statements have ended.");
    }

    @Override
    public void close() throws Exception {
      process.destroyForcibly().waitFor();
    }
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  @Test
  void oneTable() throws Exception {
    SqlShop shop = new SqlShop(postgres);
    try (Running command = new Running("jobs/one-table.sql", shop.oneTable())) {
      command.await("the sums are printed", () -> command.printed().contains(" 750.00 |"));
      shop.execute("UPDATE orders SET amount = 1000 WHERE id = 1");
      command.await("a change is printed", () -> command.printed().contains("1748.50"));
      command.interrupt();
    }
    shop.drop("tidemark_orders_by_customer");
  }

  @Test
  void boundedRead() throws Exception {
    SqlShop shop = new SqlShop(postgres);
    try (Running command = new Running("jobs/bounded-read.sql", shop.boundedRead())) {
      assertThat(command.process.waitFor(120, TimeUnit.SECONDS)).as(command.printed()).isTrue();
      assertThat(command.process.exitValue()).as(command.printed()).isZero();
      assertThat(command.printed()).containsPattern("c1 +\\| +500 \\| +750.00");
      assertThat(command.printed()).containsPattern("c2 +\\| +500 \\| +750.00");
    }
    assertThat(shop.slots()).isEmpty();
  }

  @Test
  void join() throws Exception {
    SqlShop shop = new SqlShop(postgres);
    try (Running command = new Running("jobs/join.sql", shop.join(mysql))) {
      command.await(
          "the sums are there",
          () ->
              shop.rows("reports", SqlShop.REVENUE)
                  .equals(List.of("Chile 500 750.00", "Norway 500 750.00")));
      mysql.execute("crm", "UPDATE customer SET country = 'Chile' WHERE id = 1");
      shop.execute("DELETE FROM orders WHERE id > 10");
      command.await(
          "the sums have followed",
          () -> shop.rows("reports", SqlShop.REVENUE).equals(List.of("Chile 10 15.00")));
      assertThat(command.printed()).contains("started: INSERT INTO revenue");
      command.interrupt();
    }
    shop.drop("tidemark_revenue");
  }

  @Test
  void wholeDatabase() throws Exception {
    SqlShop shop = new SqlShop(postgres);
    try (Running command = new Running("jobs/whole-database.sql", shop.wholeDatabase())) {
      command.await("the rows are there", shop::isCopied);
      assertThat(shop.slots()).containsExactly("tidemark_shop_copy");
      shop.execute(
          "UPDATE customer SET name = 'new' WHERE id < 10", "DELETE FROM orders WHERE id % 3 = 0");
      command.await("the copy has followed", shop::isCopied);
      command.interrupt();
    }
    shop.drop("tidemark_shop_copy");
  }

  private CommandRun.Result sql(String... lines) throws Exception {
    Path file = Files.writeString(folder.resolve("file.sql"), String.join("\n", lines));
    return run("sql", file.toString());
  }

  @Test
  void statementsThatEndAreRunAndPrinted() throws Exception {
    CommandRun.Result result =
        sql(
            "SET 'execution.runtime-mode' = 'batch';",
            "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '3',",
            "  'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '3');",
            "CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole');",
            "SHOW TABLES;",
            "EXPLAIN SELECT n + 1 FROM numbers;",
            "BEGIN STATEMENT SET;",
            "INSERT INTO nowhere SELECT n FROM numbers;",
            "INSERT INTO nowhere SELECT n + 1 FROM numbers;",
            "END;",
            "SELECT SUM(n) * 111 AS total FROM numbers;");
    result.requires(0, "666");
    assertThat(result.printed())
        .contains("|    numbers |")
        .doesNotContain("| op |")
        .contains("== Optimized Physical Plan ==")
        .contains("started: EXECUTE STATEMENT SET BEGIN INSERT INTO nowhere SELECT n");
  }

  @Test
  void whatFailsIsNamedByFileLineAndStatement() throws Exception {
    sql("SHOW TABLES;", "", "SELECT x", "FROM nothing")
        .requires(1, "file.sql:3: SELECT x FROM nothing: ");
    sql("SET a = b;")
        .requires(1, "file.sql:1: SET a …: a setting is given as SET 'name' = 'value'");
    sql("SELECT 'a").requires(1, "file.sql:1: a ' is not closed");
    run("sql").requires(2, "Missing required parameter: 'FILE'");
    CommandRun.Result refused =
        sql(
            "CREATE CATALOG c WITH ('type' = 'tidemark', 'base-url' = 'jdbc:postgresql://"
                + SqlShop.authority(postgres.spec("postgres"))
                + "', 'default-database' = 'postgres', 'username' = 'nobody', 'password' ="
                + " 's3cret');");
    refused.requires(1, "file.sql:1: CREATE CATALOG c WITH …: connecting to");
    assertThat(refused.printed()).doesNotContain("s3cret");
    // A job that fails ends the command, and with it what else runs.
    sql(
            "SET 'restart-strategy.exponential-delay.initial-backoff' = '1 ms';",
            "SET 'restart-strategy.exponential-delay.max-backoff' = '2 ms';",
            "CREATE TABLE endless (n BIGINT) WITH ('connector' = 'datagen');",
            "CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole');",
            "INSERT INTO nowhere SELECT n FROM endless;",
            "INSERT INTO nowhere SELECT 1 / (n - n) FROM endless;")
        .requires(1, "file.sql:6: INSERT INTO nowhere SELECT 1 / …: / by zero");
  }
}
