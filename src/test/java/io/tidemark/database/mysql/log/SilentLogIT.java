package io.tidemark.database.mysql.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.LogReader;
import io.tidemark.database.LogReader.Changes;
import io.tidemark.database.LogReader.Message;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.faults.link.Link;
import io.tidemark.faults.link.MySqlLink;
import io.tidemark.faults.link.Proxy;
import io.tidemark.faults.link.Trap;
import io.tidemark.lab.Loans;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.schema.Table;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The connection on which MySQL and MariaDB send their log goes silent, and nobody says so: the log
 * reader misses the heartbeats that it has asked for, and goes on by another one.
 */
class SilentLogIT {

  private static final Duration SILENCE = Duration.ofSeconds(3);

  /** What a loaded machine may take for what needs a fraction of a second, beside the silence. */
  private static final Duration LONGEST = Duration.ofSeconds(90);

  @RegisterExtension static final Loans LOANS = new Loans();

  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void aLogThatGoesSilentIsReadOnByAnotherConnection(MySqlVendor vendor) throws Exception {
    MySqlServer server = LOANS.mySql("source", vendor);
    server.createDatabase("silent");
    server.execute("silent", "CREATE TABLE t (id INT PRIMARY KEY)");
    try (Proxy proxy = new Proxy(server.port(), MySqlLink::new)) {
      MySqlSource source = source(server, proxy);
      SourceControl.LogStart start;
      List<Table> tables;
      try (SourceControl control = source.openControl(1)) {
        start = control.createLog();
        tables = control.tables();
      }
      try (LogReader log = source.openLog(1, start.position(), tables, SourceMemory.NONE)) {
        server.execute("silent", "INSERT INTO t VALUES (1)");
        awaitInserts(log, 1);
        AtomicReference<Link> victim = new AtomicReference<>();
        try (Trap trap =
            proxy.hold(
                message -> {
                  if (!message.toServer() && message.link().hasExecuted("heartbeat_period")) {
                    victim.compareAndSet(null, message.link());
                  }
                  return message.link() == victim.get();
                })) {
          // A heartbeat at the latest.
          trap.awaitSprung(LONGEST);
          server.execute("silent", "INSERT INTO t VALUES (2)", "INSERT INTO t VALUES (3)");
          awaitInserts(log, 2);
        }
      }
    }
  }

  private static void awaitInserts(LogReader log, int number) throws InterruptedException {
    long deadline = System.nanoTime() + LONGEST.toNanos();
    int found = 0;
    while (found < number && System.nanoTime() < deadline) {
      Optional<Message> message = log.poll(Duration.ofMillis(100));
      if (message.isPresent() && message.get() instanceof Changes changes) {
        found += changes.changes().size();
      }
    }
    assertThat(found).isEqualTo(number);
  }

  private static MySqlSource source(MySqlServer server, Proxy proxy) {
    ConnectionSpec direct = server.spec("silent");
    String url =
        direct.url().replace(":" + server.port() + "/", ":" + proxy.port() + "/")
            + "?sslMode=DISABLED&allowPublicKeyRetrieval=true&socketTimeout="
            + SILENCE.toMillis();
    return new MySqlSource(
        new ConnectionSpec(url, direct.user(), direct.password()),
        "silent",
        new Selection(List.of("silent.*"), Map.of(), Map.of()),
        SourceSettings.DEFAULT);
  }
}
