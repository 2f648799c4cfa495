package io.tidemark.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.mysql.session.MySqlSessions;
import io.tidemark.database.postgres.session.PostgresSessions;
import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.endtoend.fixture.Thoroughness;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.hostile.Hostility.Side;
import io.tidemark.job.Databases;
import io.tidemark.job.TidemarkJob;
import io.tidemark.lab.Loans;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.verify.ComparisonReport;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What the job's sessions are set to where everything is set to something else. */
class HostileSettingsIT {

  private static final int ROWS = 900;

  @RegisterExtension static final Loans LOANS = new Loans();

  @ParameterizedTest
  @CsvSource({
    "POSTGRES, FIRST",
    "POSTGRES, LAST",
    "MYSQL, FIRST",
    "MYSQL, LAST",
    "MARIADB, FIRST",
    "MARIADB, LAST"
  })
  void sessionsAreTheSameWhateverTheServerIsSetTo(Vendor vendor, Side side) throws Exception {
    TestServer server = vendor.borrow(LOANS, "hostile");
    server.createDatabase("settings");
    Map<String, String> before = settings(vendor, server.spec("settings"));
    Map<String, String> after;
    Map<String, String> applied;
    try (Hostility hostility = Hostility.of(server, "settings", side)) {
      applied = hostility.applied();
      assertThat(hostility.ofTheServer()).hasSizeGreaterThan(25);
      after = settings(vendor, hostility.spec());
    }
    server.execute(vendor == Vendor.POSTGRES ? "postgres" : "", "DROP DATABASE settings");
    assertThat(after.keySet()).as("the answer is whole").isEqualTo(before.keySet());
    Map<String, String> different = Hostility.differences(before, after);
    different.keySet().retainAll(applied.keySet());
    assertThat(applied).hasSizeGreaterThan(100);
    different.keySet().removeIf(name -> LeftAlone.reason(vendor, name).isPresent());
    assertThat(different).as("neither set by our sessions, nor left alone for a reason").isEmpty();
  }

  /** A session is in no transaction that began without it, and what it writes is kept. */
  @ParameterizedTest
  @EnumSource(names = {"MYSQL", "MARIADB"})
  void whatInitConnectBeganIsOver(Vendor vendor) throws Exception {
    TestServer server = vendor.borrow(LOANS, "hostile");
    server.createDatabase("begun");
    server.execute("begun", "CREATE TABLE kept (id INT PRIMARY KEY)");
    try (Hostility hostility = Hostility.of(server, "begun", Side.FIRST)) {
      assertThat(hostility.ofTheServer()).containsKey("init_connect");
      // The driver ends a transaction where it has to set this first.
      server.execute(
          "", "SET GLOBAL autocommit = 1", "SET GLOBAL init_connect = 'START TRANSACTION'");
      try (Connection connection = MySqlSessions.open(hostility.spec(), "tidemark-test");
          Statement statement = connection.createStatement()) {
        statement.execute("INSERT INTO kept VALUES (1)");
        try (Connection other = server.connect("begun");
            ResultSet row = other.createStatement().executeQuery("SELECT count(*) FROM kept")) {
          assertThat(row.next()).isTrue();
          assertThat(row.getInt(1)).isEqualTo(1);
        }
      }
    }
    server.execute("", "DROP DATABASE begun");
  }

  /** What a URL may say of its driver, which would leave rows out without a word. */
  @Test
  void aUrlLimitsNoRows() throws Exception {
    TestServer server = Vendor.MYSQL.borrow(LOANS, "source");
    ConnectionSpec spec = server.spec("");
    ConnectionSpec limited =
        new ConnectionSpec(
            spec.url() + "?maxRows=1&sessionVariables=sql_select_limit=1",
            spec.user(),
            spec.password());
    try (Connection connection = MySqlSessions.open(limited, "tidemark-test");
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT 1 UNION ALL SELECT 2")) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.next()).isTrue();
    }
  }

  /**
   * A job that begins again in the middle of its copy reads in the ledger, at a server that hands
   * out one row and no more, which chunks are there.
   */
  @ParameterizedTest
  @EnumSource(names = {"MYSQL", "MARIADB"})
  void aRestartInMidCopyKnowsAllChunksOfATargetThatLimitsRows(Vendor vendor) throws Exception {
    TestServer target = vendor.borrow(LOANS, "target");
    TwoServers.Pair pair =
        TwoServers.of(Vendor.POSTGRES.borrow(LOANS, "source"), target).pair("limited");
    pair.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v int)",
        "INSERT INTO t SELECT i, i FROM generate_series(1, 60000) AS i",
        "ANALYZE t");
    target.execute("", "SET GLOBAL sql_select_limit = 1");
    try (Connection locking = pair.source().connect(pair.name())) {
      long chunks;
      try (CopyJob first = CopyJob.start(JobSettings.of(pair).chunkRows(100))) {
        first.await("some chunks on", () -> first.watch().chunks() >= 5);
        locking.setAutoCommit(false);
        locking.createStatement().execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
        first.stop();
        chunks = first.watch().chunks();
        assertThat(chunks).as("it was stopped in mid-copy").isBetween(5L, 599L);
      }
      locking.rollback();
      try (CopyJob second = CopyJob.start(JobSettings.of(pair).chunkRows(100))) {
        second.awaitConsistent();
        second.awaitCaughtUp();
        assertThat(second.run().newFailure()).isEmpty();
      }
    } finally {
      target.execute("", "SET GLOBAL sql_select_limit = 18446744073709551615");
    }
    ComparisonReport report = pair.compare();
    assertThat(report.findings()).isEmpty();
    assertThat(report.sourceRows()).isEqualTo(60_000);
  }

  /**
   * The whole job, from the preflight to the comparison, while others write: they began before the
   * servers became hostile. What only a server has a value of is hostile where every combination is
   * wanted.
   */
  @ParameterizedTest
  @CsvSource({
    "POSTGRES_TO_POSTGRES, FIRST",
    "POSTGRES_TO_MYSQL, LAST",
    "MYSQL_TO_MARIADB, FIRST",
    "MYSQL_TO_MYSQL, LAST",
    "MARIADB_TO_POSTGRES, LAST",
    "MARIADB_TO_MARIADB, FIRST"
  })
  void theWholeJobCopiesAndStreamsTheSame(Route route, Side side) throws Exception {
    TwoServers.Pair pair =
        TwoServers.of(
                server(route.source(), "source", side), server(route.target(), "target", side))
            .pair("hostile");
    Vendor from = route.source();
    try (Connection writing = pair.source().connect(pair.name());
        Statement statement = writing.createStatement()) {
      OddTables tables = new OddTables(from, statement);
      tables.create();
      tables.fill(1, ROWS);
      boolean whole = Thoroughness.isWhole();
      try (Hostility source = Hostility.of(pair.source(), pair.name(), side, whole);
          Hostility target = Hostility.of(pair.target(), pair.name(), side, whole)) {
        TidemarkJob job = job(pair, source.spec(), target.spec());
        try (CopyJob running = CopyJob.start(pair, job)) {
          tables.fill(ROWS + 1, ROWS + 300);
          running.awaitConsistent().awaitFinished();
          tables.change();
          tables.fill(ROWS + 301, ROWS + 400);
          running.awaitCaughtUp();
        }
        ComparisonReport report =
            Databases.compare(source.spec(), target.spec(), pair.selection(), pair.renaming());
        assertThat(report.findings()).isEmpty();
        assertThat(report.sourceRows()).isEqualTo(tables.rows());
      }
    }
  }

  /** What is decided when a server starts is hostile on one side, and as usual on the other. */
  private static TestServer server(Vendor vendor, String role, Side side) {
    if (side == Side.LAST || !Thoroughness.isWhole()) {
      return vendor.borrow(LOANS, role);
    }
    return new TestServer(
        switch (vendor) {
          case POSTGRES -> LOANS.postgres(role, StartSettings.POSTGRES);
          case MYSQL -> LOANS.mySql(role, MySqlVendor.MYSQL, StartSettings.MYSQL);
          case MARIADB -> LOANS.mySql(role, MySqlVendor.MARIADB, StartSettings.MARIADB);
        });
  }

  private static TidemarkJob job(
      TwoServers.Pair pair, ConnectionSpec source, ConnectionSpec target) {
    TidemarkJob usual = JobSettings.of(pair).chunkRows(100).job();
    return new TidemarkJob(
        usual.name(),
        source,
        usual.selection(),
        target,
        usual.existing(),
        usual.renaming(),
        usual.copy(),
        usual.checkpoint());
  }

  private static Map<String, String> settings(Vendor vendor, ConnectionSpec spec)
      throws SQLException {
    try (Connection connection =
            vendor == Vendor.POSTGRES
                ? PostgresSessions.open(spec, "tidemark-test")
                : MySqlSessions.open(spec, "tidemark-test");
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                vendor == Vendor.POSTGRES
                    ? "SELECT name, setting FROM pg_catalog.pg_settings"
                    : "SHOW SESSION VARIABLES")) {
      Map<String, String> all = new TreeMap<>();
      while (rows.next()) {
        all.put(rows.getString(1), rows.getString(2));
      }
      return all;
    }
  }
}
