package io.tidemark.faults;

import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.job.Databases;
import io.tidemark.job.JobDatabases;
import io.tidemark.job.JobFile;
import io.tidemark.job.TidemarkJob;
import io.tidemark.lab.PostgresServer;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** What a stream has at its two servers: its sessions, and what outlives a job. */
record StreamState(TwoServers.Pair pair) {

  private static final String OF_DATABASE = "database = '%s'";

  /**
   * A session of the stream at one of the servers.
   *
   * @param role what the stream has it for: {@code log}, {@code write-1}
   */
  record Session(TestServer server, int pid, long epoch, String role) {

    /** {@code pg_terminate_backend}. */
    void terminate() throws SQLException {
      server.execute("postgres", "SELECT pg_terminate_backend(" + pid + ")");
    }
  }

  /**
   * PostgreSQL only: its sessions have names that everybody sees. Of those for the log the one that
   * reads it; the other one asks a few questions before, and ends.
   */
  List<Session> sessions() throws SQLException {
    List<Session> sessions = new ArrayList<>();
    for (TestServer server : List.of(pair.source(), pair.target())) {
      try (Connection connection = server.connect("postgres");
          ResultSet rows =
              connection
                  .createStatement()
                  .executeQuery(
                      "SELECT pid, application_name FROM pg_stat_activity WHERE"
                          + " starts_with(application_name, 'tidemark:"
                          + pair.name()
                          + ":') AND (backend_type = 'walsender' OR application_name NOT LIKE"
                          + " '%:log') ORDER BY backend_start")) {
        while (rows.next()) {
          sessions.add(session(server, rows.getInt(1), rows.getString(2).split(":")));
        }
      }
    }
    return sessions;
  }

  /** One that claims the stream has no epoch yet. */
  private static Session session(TestServer server, int pid, String[] name) {
    return name.length == 4
        ? new Session(server, pid, Long.parseLong(name[2]), name[3])
        : new Session(server, pid, Long.MAX_VALUE, "claim");
  }

  /** {@code tidemark drop}. */
  void drop(Path jobFile) throws Exception {
    TidemarkJob job = JobFile.read(jobFile);
    JobDatabases databases = Databases.of(job);
    databases.target().removeLedger(job.name());
    databases.remains().remove();
  }

  /** What a stream puts up at its source: nothing, where that is not PostgreSQL. */
  List<String> remains(Path jobFile) throws IOException {
    return Databases.of(JobFile.read(jobFile)).remains().parts();
  }

  /** Also where a job has left its slot. */
  void dropDatabases() throws SQLException {
    for (TestServer server : List.of(pair.source(), pair.target())) {
      if (server.vendor() == Vendor.POSTGRES) {
        drop(server.postgres());
      } else {
        server.execute(pair.name(), "DROP DATABASE " + pair.name());
      }
    }
  }

  private void drop(PostgresServer server) throws SQLException {
    server.execute(
        "postgres",
        "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active AND "
            + OF_DATABASE.formatted(pair.name()),
        "DO $$ BEGIN WHILE EXISTS (SELECT FROM pg_replication_slots WHERE active AND "
            + OF_DATABASE.formatted(pair.name())
            + ") LOOP PERFORM pg_sleep(0.02); END LOOP; END $$",
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE "
            + OF_DATABASE.formatted(pair.name()),
        "DROP DATABASE " + pair.name() + " WITH (FORCE)");
  }
}
