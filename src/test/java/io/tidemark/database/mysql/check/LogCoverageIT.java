package io.tidemark.database.mysql.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.LogReader;
import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.lab.Loans;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.schema.Table;
import io.tidemark.settings.CheckedJob;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A server whose log does not have all that is changed there is not copied from. */
class LogCoverageIT {

  private static final CheckedJob JOB = new CheckedJob(2, ExistingRows.FAIL, false);

  @RegisterExtension final Loans loans = new Loans();

  private static MySqlSource source(ConnectionSpec connection) {
    return new MySqlSource(
        connection,
        "covered",
        new Selection(List.of("fine.*"), Map.of(), Map.of()),
        SourceSettings.DEFAULT);
  }

  private static MySqlSource source(MySqlServer server) {
    return source(server.spec("fine"));
  }

  private static void prepare(MySqlServer server) throws SQLException {
    server.createDatabase("fine");
    server.execute("fine", "CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)");
  }

  private static List<String> problems(MySqlSource source, Severity severity) {
    return source.check(JOB).findings().stream()
        .filter(finding -> finding.severity() == severity)
        .map(Finding::problem)
        .toList();
  }

  private static void assertFatal(ThrowingCallable call, String... parts) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            DatabaseException.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(DatabaseException.Kind.FATAL);
              assertThat(failure.getMessage()).contains(parts);
            });
  }

  /** The end of the log. */
  private static String end(MySqlServer server) throws SQLException {
    String statement =
        server.vendor() == MySqlVendor.MARIADB ? "SHOW MASTER STATUS" : "SHOW BINARY LOG STATUS";
    try (Connection connection = server.connect("");
        ResultSet row = connection.createStatement().executeQuery(statement)) {
      assertThat(row.next()).isTrue();
      return row.getString(1) + row.getString(2);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "MYSQL, binlog_ignore_db, hidden",
    "MYSQL, binlog_do_db, fine",
    "MYSQL, binlog_ignore_db, fine",
    "MARIADB, binlog_ignore_db, hidden",
    "MARIADB, binlog_do_db, fine",
    "MARIADB, binlog_ignore_db, fine",
  })
  void aFilteredLogIsRefused(MySqlVendor vendor, String option, String database) throws Exception {
    MySqlServer server = loans.mySql("filtered", vendor, option + "=" + database);
    prepare(server);
    server.createDatabase("hidden");
    String end = end(server);
    // Whatever is filtered: this is what nobody would know of.
    server.execute(
        database.equals("fine") && option.equals("binlog_ignore_db") ? "fine" : "hidden",
        "TRUNCATE fine.t");
    assertThat(end(server)).isEqualTo(end);
    MySqlSource source = source(server);
    assertThat(problems(source, Severity.ERROR))
        .singleElement()
        .asString()
        .startsWith(option + " is set (" + database + ")");
    try (SourceControl control = source.openControl(1)) {
      assertFatal(control::createLog, option, database, "option file");
    }
  }

  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void aServerThatComesBackWithAFilterEndsTheStream(MySqlVendor vendor) throws Exception {
    MySqlServer server = loans.mySql("restarted", vendor);
    prepare(server);
    MySqlSource source = source(server);
    List<Table> tables;
    SourceControl.LogStart start;
    try (SourceControl control = source.openControl(1)) {
      start = control.createLog();
      tables = control.tables();
    }
    try (LogReader log = source.openLog(1, start.position(), tables, SourceMemory.NONE)) {
      server.configure(Map.of("binlog_ignore_db", "fine"));
      server.restart();
      server.execute("fine", "INSERT INTO t VALUES (2)");
      long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      assertFatal(
          () -> {
            while (System.nanoTime() < deadline) {
              log.poll(Duration.ofMillis(100));
            }
          },
          "binlog_ignore_db is set (fine)",
          "./tidemark drop");
    }
    try (SourceControl control = source.openControl(1)) {
      assertFatal(
          () -> control.requireLog(start.position(), SourceMemory.NONE),
          "binlog_ignore_db is set (fine)");
    }
  }

  @Test
  void cascadesThatTheEngineKeepsToItselfAreRefusedByTheirCause() throws Exception {
    MySqlServer server = loans.mySql("native", MySqlVendor.MYSQL, "innodb_native_foreign_keys=ON");
    prepare(server);
    server.execute(
        "fine",
        "CREATE TABLE child (id INT PRIMARY KEY, t INT)",
        "INSERT INTO child VALUES (1, 1)");
    MySqlSource source = source(server);
    assertThat(problems(source, Severity.ERROR)).isEmpty();
    String cause = "because innodb_native_foreign_keys is ON";
    // So it cannot change between two looks at it.
    assertThatThrownBy(() -> server.execute("", "SET GLOBAL innodb_native_foreign_keys = OFF"))
        .hasMessageContaining("read only");
    String add = "ALTER TABLE child ADD CONSTRAINT fk FOREIGN KEY (t) REFERENCES t (id) ON ";
    List<Table> tables;
    SourceControl.LogStart start;
    try (SourceControl control = source.openControl(1)) {
      start = control.createLog();
      tables = control.tables();
    }
    try (LogReader log = source.openLog(1, start.position(), tables, SourceMemory.NONE)) {
      server.execute("fine", add + "UPDATE CASCADE");
      assertFatal(() -> log.poll(Duration.ofSeconds(20)), "table fine.child", cause);
    }
    assertThat(problems(source, Severity.ERROR)).isEmpty();
    assertThat(problems(source, Severity.WARNING))
        .anySatisfy(problem -> assertThat(problem).contains("ON UPDATE CASCADE", cause));
    server.execute("fine", "ALTER TABLE child DROP FOREIGN KEY fk", add + "DELETE SET NULL");
    assertThat(problems(source, Severity.ERROR))
        .singleElement()
        .asString()
        .contains("foreign key fk is ON DELETE SET_NULL", cause)
        .doesNotContain("9.6");
    try (SourceControl control = source.openControl(1)) {
      assertFatal(control::createLog, "table fine.child", "foreign key fk", cause);
      assertFatal(
          () -> control.requireLog(start.position(), SourceMemory.NONE), "table fine.child", cause);
    }
  }

  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void aReplicaThatKeepsWhatItAppliesOutOfItsLogIsNoticed(MySqlVendor vendor) throws Exception {
    boolean mariaDb = vendor == MySqlVendor.MARIADB;
    MySqlServer primary = loans.mySql("primary", vendor);
    String logs = mariaDb ? "log_slave_updates" : "log_replica_updates";
    MySqlServer replica = loans.mySql("replica", vendor, logs + "=OFF");
    prepare(replica);
    replica.execute(
        "",
        "CREATE USER 'copier'@'127.0.0.1' IDENTIFIED BY 'pw'",
        "GRANT SELECT, LOCK TABLES ON *.* TO 'copier'@'127.0.0.1'",
        "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'copier'@'127.0.0.1'");
    MySqlSource source = source(replica);
    MySqlSource least = source(new ConnectionSpec(replica.url("fine"), "copier", "pw"));
    assertThat(problems(least, Severity.ERROR)).isEmpty();
    try (SourceControl all = source.openControl(1);
        SourceControl little = least.openControl(2)) {
      for (SourceControl control : List.of(all, little)) {
        control.createLog();
        assertThatCode(control::requireNothingUnlogged).doesNotThrowAnyException();
      }
      replica.replicateFrom(primary);
      primary.createDatabase("written");
      String stop = mariaDb ? "STOP SLAVE" : "STOP REPLICA";
      for (SourceControl control : List.of(all, little)) {
        assertFatal(control::requireNothingUnlogged, "is a replica", "log_replica_updates");
        assertFatal(control::createLog, "is a replica", "log_replica_updates");
      }
      for (MySqlSource one : List.of(source, least)) {
        assertThat(problems(one, Severity.ERROR))
            .anySatisfy(problem -> assertThat(problem).startsWith("the server is a replica and"));
      }
      replica.execute(
          "",
          stop,
          mariaDb
              ? "SET GLOBAL replicate_ignore_db = 'other'"
              : "CHANGE REPLICATION FILTER REPLICATE_IGNORE_DB = (other)");
      assertThat(problems(source, Severity.WARNING))
          .anySatisfy(problem -> assertThat(problem).contains("Replicate_Ignore_DB = other"));
      replica.execute(
          "",
          mariaDb
              ? "SET GLOBAL replicate_ignore_db = ''"
              : "CHANGE REPLICATION FILTER REPLICATE_IGNORE_DB = ()");
    }
  }
}
