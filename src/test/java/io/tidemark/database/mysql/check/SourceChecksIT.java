package io.tidemark.database.mysql.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.KeyRange;
import io.tidemark.database.LogReader;
import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceDatabase.SourceCheck;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.lab.Loans;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.schema.Table;
import io.tidemark.settings.CheckedJob;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.SchemaChanges;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import io.tidemark.settings.SourceSettings.Lock;
import io.tidemark.testing.SnapshotRows;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is found to be wrong with a source before anything is copied. */
class SourceChecksIT {

  @RegisterExtension final Loans loans = new Loans();

  /** The tests' servers are not, and are warned of. */
  private static final String[] DURABLE = {"sync_binlog=1", "innodb_flush_log_at_trx_commit=1"};

  private static final CheckedJob JOB = new CheckedJob(2, ExistingRows.FAIL, false);

  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void findsWhatWouldFailAndNothingElse(MySqlVendor flavour) throws Exception {
    boolean mariaDb = flavour == MySqlVendor.MARIADB;
    MySqlServer server = loans.mySql("source", flavour, DURABLE);
    server.createDatabase("fine");
    server.createDatabase("bad");
    server.execute("fine", "CREATE TABLE t (id INT PRIMARY KEY)", "CREATE TABLE k (a INT, b INT)");
    server.execute(
        "bad",
        "CREATE TABLE parent (id INT PRIMARY KEY)",
        "CREATE TABLE child (id INT PRIMARY KEY, p INT, CONSTRAINT gone FOREIGN KEY (p)"
            + " REFERENCES parent (id) ON DELETE CASCADE)",
        "CREATE TABLE old (id INT PRIMARY KEY) ENGINE = MyISAM",
        "CREATE TABLE keyless (a INT)");
    server.execute(
        "",
        "CREATE USER 'copier'@'127.0.0.1' IDENTIFIED BY 'pw'",
        "GRANT SELECT, LOCK TABLES ON *.* TO 'copier'@'127.0.0.1'",
        "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'copier'@'127.0.0.1'",
        "CREATE USER 'nobody'@'127.0.0.1' IDENTIFIED BY 'pw'",
        "GRANT SELECT ON fine.* TO 'nobody'@'127.0.0.1'",
        "CREATE USER 'columns'@'127.0.0.1' IDENTIFIED BY 'pw'",
        "GRANT SELECT (id) ON fine.t TO 'columns'@'127.0.0.1'",
        "GRANT LOCK TABLES ON fine.* TO 'columns'@'127.0.0.1'",
        "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'columns'@'127.0.0.1'");

    List<String> granting = remedies(check(server, "columns", "fine.t"));
    assertThat(granting).singleElement().asString().startsWith("GRANT SELECT ON `fine`.`t` TO ");
    server.execute("", granting.get(0));
    assertThat(check(server, "columns", "fine.t").findings()).isEmpty();

    assertThat(check(server, "copier", "fine.*").findings()).isEmpty();
    assertThat(check(server, "copier", "fine.*").description()).isPresent();
    copies(server, "copier");

    assertThat(remedies(check(server, "nobody", "fine.*")))
        .anyMatch(remedy -> remedy.startsWith("GRANT REPLICATION SLAVE ON *.*"))
        .anyMatch(remedy -> remedy.startsWith("GRANT REPLICATION CLIENT ON *.*"))
        .matches(
            remedies ->
                mariaDb
                    || remedies.stream()
                        .anyMatch(r -> r.startsWith("GRANT LOCK TABLES ON `fine`.*")));
    assertThat(problems(check(server, "copier", "fine.*", "none.*")))
        .containsExactly("pattern none.* matches no table that the account sees");

    List<String> bad = problems(check(server, "copier", "bad.*"));
    assertThat(bad)
        .contains("its storage engine is MyISAM, which has no snapshots")
        .filteredOn(problem -> problem.startsWith("foreign key gone is ON DELETE CASCADE"))
        .hasSize(mariaDb ? 1 : 0);

    server.execute("", "SET GLOBAL binlog_row_image = 'MINIMAL'");
    assertThat(problems(check(server, "copier", "bad.keyless")))
        .containsExactly(
            "it has no primary key, and binlog_row_image is not FULL: the log does not tell which"
                + " row was changed");
    server.execute(
        "",
        "SET GLOBAL binlog_row_image = 'FULL'",
        "SET GLOBAL sync_binlog = 0",
        "SET GLOBAL innodb_flush_log_at_trx_commit = 2");
    assertThat(check(server, "copier", "fine.*").findings())
        .allMatch(finding -> finding.remedy().startsWith("SET GLOBAL"))
        .extracting(finding -> finding.problem().substring(0, 16))
        .containsExactly("sync_binlog is 0", "innodb_flush_log");
    server.execute(
        "",
        "SET GLOBAL sync_binlog = 1",
        "SET GLOBAL innodb_flush_log_at_trx_commit = 1",
        "SET GLOBAL binlog_expire_logs_seconds = 60",
        "SET GLOBAL binlog_format = 'STATEMENT'");
    assertThat(problems(check(server, "copier", "fine.*")))
        .contains("binlog_format is STATEMENT: the log tells of statements and not of rows")
        .anyMatch(problem -> problem.startsWith("the server keeps its binary log for 60 s"));
  }

  @Test
  void withoutLocksItNeedsNoPrivilegeToLockAndOtherSettings() throws Exception {
    MySqlServer server = loans.mySql("source", MySqlVendor.MYSQL, DURABLE);
    server.createDatabase("fine");
    server.execute("fine", "CREATE TABLE t (id INT PRIMARY KEY)", "CREATE TABLE k (a INT, b INT)");
    server.execute(
        "",
        "CREATE USER 'reader'@'127.0.0.1' IDENTIFIED BY 'pw'",
        "GRANT SELECT ON fine.* TO 'reader'@'127.0.0.1'",
        "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'reader'@'127.0.0.1'");
    assertThat(remedies(check(server, "reader", "fine.t")))
        .containsExactly(
            "GRANT LOCK TABLES ON `fine`.* TO 'reader'@'127.0.0.1'; or copy without locks:"
                + " copy.lock: none");
    assertThat(lockless(server, "fine.t", JOB)).isEmpty();
    assertThat(lockless(server, "fine.*", JOB))
        .containsExactly(
            "copy.lock is none, and it has no primary key: a change that may have come with the"
                + " copy would be there twice");
    server.execute(
        "",
        "SET GLOBAL binlog_order_commits = OFF",
        "SET GLOBAL binlog_row_image = 'NOBLOB'",
        "SET GLOBAL binlog_row_value_options = 'PARTIAL_JSON'");
    assertThat(lockless(server, "fine.t", JOB))
        .containsExactly(
            "copy.lock is none and binlog_order_commits is OFF, so that what a snapshot contains"
                + " cannot be told from gtid_executed",
            "copy.lock is none and binlog_row_image is NOBLOB, so that the log has only parts of"
                + " the rows that may have to be put back",
            "copy.lock is none and binlog_row_value_options is PARTIAL_JSON, so that the log has"
                + " only parts of JSON values");
    MySqlSource source = lockless(server, "fine.t");
    try (SourceControl control = source.openControl(1)) {
      List<Table> tables = control.tables();
      assertThatThrownBy(() -> source.openSession(1, Optional.empty(), tables).close())
          .hasMessageContaining("binlog_order_commits is OFF");
    }
  }

  @Test
  void comparesWhatIsKeptOfTheLogWithWhatIsNeeded() throws Exception {
    MySqlServer server = loans.mySql("source", MySqlVendor.MYSQL, DURABLE);
    server.createDatabase("fine");
    server.execute("fine", "CREATE TABLE t (id INT PRIMARY KEY)");
    server.execute("", "SET GLOBAL binlog_expire_logs_seconds = 3600");
    MySqlSource source =
        new MySqlSource(
            server.spec("fine"),
            "checks",
            new Selection(List.of("fine.t"), Map.of(), Map.of()),
            SourceSettings.DEFAULT);
    assertThat(source.check(needing(Duration.ofMinutes(61))).findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.severity()).isEqualTo(Severity.ERROR);
              assertThat(finding.problem())
                  .isEqualTo(
                      "the server keeps its binary log for 3600 s, and a copy needs what is up to"
                          + " 3660 s old: two copy cycles and a checkpoint");
              assertThat(finding.remedy()).endsWith("or shorten copy.cycle");
            });
    assertThat(source.check(needing(Duration.ofMinutes(59))).findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.severity()).isEqualTo(Severity.WARNING);
              assertThat(finding.problem())
                  .startsWith(
                      "the server keeps its binary log for 3600 s; a copy needs what is up to"
                          + " 3540 s old");
            });
    server.execute("", "SET GLOBAL binlog_expire_logs_seconds = 172800");
    assertThat(source.check(needing(Duration.ofMinutes(61))).findings()).isEmpty();
  }

  @Test
  void asksForAFewLinesOfALargeLog() throws Exception {
    MySqlServer server = loans.mySql("source", MySqlVendor.MYSQL, DURABLE);
    server.createDatabase("fine");
    server.execute(
        "fine",
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(100))",
        "CREATE USER 'reader'@'127.0.0.1' IDENTIFIED BY 'pw'",
        "GRANT SELECT, LOCK TABLES ON fine.* TO 'reader'@'127.0.0.1'",
        "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'reader'@'127.0.0.1'");
    String[] changes = new String[3_000];
    Arrays.setAll(changes, id -> "INSERT INTO t VALUES (" + id + ", 'some text')");
    server.execute("fine", changes);
    assertThat(problems(check(server, "reader", "fine.t"))).isEmpty();
    String sent =
        "SELECT VARIABLE_VALUE FROM performance_schema.status_by_account"
            + " WHERE USER = 'reader' AND VARIABLE_NAME = 'Bytes_sent'";
    try (Connection connection = server.connect("fine");
        Statement statement = connection.createStatement();
        ResultSet bytes = statement.executeQuery(sent)) {
      assertThat(bytes.next()).isTrue();
      // Its 15,000 events would be ten times as much.
      assertThat(bytes.getLong(1)).isBetween(1_000L, 100_000L);
    }
  }

  private static CheckedJob needing(Duration log) {
    return new CheckedJob(2, ExistingRows.FAIL, false, log, false);
  }

  private static MySqlSource lockless(MySqlServer server, String pattern) {
    return new MySqlSource(
        new ConnectionSpec(server.url("fine"), "reader", "pw"),
        "checks",
        new Selection(List.of(pattern), Map.of(), Map.of()),
        new SourceSettings(SchemaChanges.STOP, Lock.NONE));
  }

  private static List<String> lockless(MySqlServer server, String pattern, CheckedJob job) {
    return problems(lockless(server, pattern).check(job));
  }

  /** The privileges that the check is content with are enough for everything. */
  private static void copies(MySqlServer server, String user) throws Exception {
    MySqlSource source = source(server, user, "fine.*");
    try (SourceControl control = source.openControl(1)) {
      control.expelFormerSessions();
      control.requireNoLog();
      SourceControl.LogStart start = control.createLog();
      List<Table> tables = control.tables();
      try (SnapshotSession session = source.openSession(1, Optional.empty(), tables);
          LogReader log = source.openLog(1, start.position(), tables, SourceMemory.NONE)) {
        server.execute("fine", "INSERT INTO t VALUES (7)");
        Table t =
            tables.stream().filter(one -> one.id().name().equals("t")).findFirst().orElseThrow();
        assertThat(t.key()).isPresent();
        assertThat(SnapshotRows.read(session, t, KeyRange.everything())).isEmpty();
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        Optional<LogReader.Message> message = Optional.empty();
        while (!(message.orElse(null) instanceof LogReader.Commit)) {
          assertThat(System.nanoTime()).isLessThan(deadline);
          message = log.poll(Duration.ofMillis(100));
        }
        control.requireLog(start.position(), SourceMemory.NONE);
        assertThat(control.bytesBehind(start.position())).isPositive();
      }
    }
  }

  private static MySqlSource source(MySqlServer server, String user, String... patterns) {
    return new MySqlSource(
        new ConnectionSpec(server.url("fine"), user, "pw"),
        "checks",
        new Selection(List.of(patterns), Map.of(), Map.of()),
        SourceSettings.DEFAULT);
  }

  private static SourceCheck check(MySqlServer server, String user, String... patterns)
      throws SQLException {
    return source(server, user, patterns).check(JOB);
  }

  private static List<String> problems(SourceCheck check) {
    return check.findings().stream()
        .filter(finding -> finding.severity() == Severity.ERROR)
        .map(Finding::problem)
        .toList();
  }

  private static List<String> remedies(SourceCheck check) {
    return check.findings().stream().map(Finding::remedy).toList();
  }
}
