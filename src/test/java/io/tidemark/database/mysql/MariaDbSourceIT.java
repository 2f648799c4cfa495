package io.tidemark.database.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.SourceControl;
import io.tidemark.faults.link.MySqlLink;
import io.tidemark.faults.link.Proxy;
import io.tidemark.faults.link.Trap;
import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySqlServer;
import io.tidemark.settings.ConnectionSpec;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** A MariaDB source. */
class MariaDbSourceIT extends SourceContract {

  /** What a loaded machine may take for what needs a fraction of a second. */
  private static final Duration LONGEST = Duration.ofSeconds(90);

  MariaDbSourceIT(@MariaDb MySqlServer server) {
    super(server);
  }

  @Test
  void noCopyBeginsWhileATransactionIsPrepared() throws Exception {
    MySqlSource source = source("prepared", "CREATE TABLE t (id INT PRIMARY KEY)");
    try (Connection connection = server().connect("prepared");
        Statement statement = connection.createStatement();
        SourceControl control = source.openControl(1)) {
      prepare(statement, "one", "INSERT INTO t VALUES (1)");
      assertThatThrownBy(control::createLog)
          .isInstanceOf(DatabaseException.class)
          .hasMessageContaining("1 XA transaction(s) are prepared");
      statement.execute("XA COMMIT 'one'");
      assertThat(control.createLog().pending()).isEmpty();
    }
  }

  /** What is prepared while the log's start is looked for lies before it. */
  @Test
  void oneThatIsPreparedJustBeforeTheLogStartsIsFound() throws Exception {
    MySqlSource direct = source("meanwhile", "CREATE TABLE t (id INT PRIMARY KEY)");
    try (Proxy proxy = new Proxy(server().port(), MySqlLink::new);
        Connection connection = server().connect("meanwhile");
        Statement statement = connection.createStatement();
        SourceControl control = through(proxy, direct).openControl(1);
        Trap trap =
            proxy.hold(
                message ->
                    message.executes() && message.sql().contains("@@global.gtid_binlog_pos"))) {
      CompletableFuture<SourceControl.LogStart> begun =
          CompletableFuture.supplyAsync(control::createLog);
      trap.awaitSprung(LONGEST);
      prepare(statement, "two", "INSERT INTO t VALUES (1)");
      trap.release();
      assertThatThrownBy(() -> begun.get(LONGEST.toSeconds(), TimeUnit.SECONDS))
          .hasRootCauseInstanceOf(DatabaseException.class)
          .rootCause()
          .hasMessageContaining("1 XA transaction(s) are prepared");
      statement.execute("XA ROLLBACK 'two'");
    }
  }

  /** Applications that use them have one prepared at most times. */
  @Test
  void whatEndsSoonIsWaitedFor() throws Exception {
    MySqlSource source = source("soon", "CREATE TABLE t (id INT PRIMARY KEY)");
    try (Connection connection = server().connect("soon");
        Statement statement = connection.createStatement();
        Connection other = server().connect("soon");
        Statement later = other.createStatement();
        SourceControl control = source.openControl(1)) {
      prepare(statement, "first", "INSERT INTO t VALUES (1)");
      CompletableFuture<SourceControl.LogStart> begun =
          CompletableFuture.supplyAsync(control::createLog);
      assertThatThrownBy(() -> begun.get(500, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
      // One that comes behind the start is not waited for: the log has it.
      prepare(later, "second", "INSERT INTO t VALUES (2)");
      statement.execute("XA COMMIT 'first'");
      assertThat(begun.get(LONGEST.toSeconds(), TimeUnit.SECONDS).pending()).isEmpty();
      later.execute("XA COMMIT 'second'");
    }
  }

  private static void prepare(Statement statement, String name, String change) throws SQLException {
    statement.execute("XA START '" + name + "'");
    statement.execute(change);
    statement.execute("XA END '" + name + "'");
    statement.execute("XA PREPARE '" + name + "'");
  }

  private MySqlSource through(Proxy proxy, MySqlSource direct) {
    ConnectionSpec spec = direct.own().connection();
    return new MySqlSource(
        new ConnectionSpec(
            spec.url().replace(":" + server().port() + "/", ":" + proxy.port() + "/")
                + "?sslMode=DISABLED&allowPublicKeyRetrieval=true",
            spec.user(),
            spec.password()),
        direct.own().stream(),
        direct.own().selection(),
        direct.own().settings());
  }
}
