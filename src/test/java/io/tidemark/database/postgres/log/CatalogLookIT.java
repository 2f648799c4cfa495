package io.tidemark.database.postgres.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.SourceControl;
import io.tidemark.database.postgres.PostgresSource;
import io.tidemark.faults.link.PostgresLink;
import io.tidemark.faults.link.Proxy;
import io.tidemark.faults.link.Trap;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.Selection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/**
 * What the look at the catalog, once a second for as long as a stream is there, asks the server.
 */
class CatalogLookIT {

  @Postgres private static PostgresServer server;

  @Test
  void asksNoMoreOfManyTablesThanOfOne() throws Exception {
    List<String> ofOne = asked("look_one", 1);
    List<String> ofMany = asked("look_many", 60);
    assertThat(ofOne).filteredOn(sql -> sql.contains("hashint8extended")).hasSize(1);
    assertThat(ofMany).hasSameSizeAs(ofOne);
  }

  /** The statements of one look at tables of which nothing has changed since the one before. */
  private static List<String> asked(String database, int tables) throws Exception {
    server.createDatabase(database);
    server.execute(
        database,
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
        "DO $$ BEGIN FOR i IN 1..%d LOOP".formatted(tables)
            + " EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, m mood,"
            + " g int GENERATED ALWAYS AS (id * 2) STORED) PARTITION BY RANGE (id)', i);"
            + " EXECUTE format('CREATE TABLE p%s PARTITION OF t%s FOR VALUES FROM (0) TO (9)',"
            + " i, i); END LOOP; END $$");
    Queue<String> asked = new ConcurrentLinkedQueue<>();
    try (Proxy proxy = new Proxy(server.port(), PostgresLink::new)) {
      ConnectionSpec spec = server.spec(database);
      PostgresSource source =
          new PostgresSource(
              new ConnectionSpec(
                  spec.url().replace(":" + server.port() + "/", ":" + proxy.port() + "/"),
                  spec.user(),
                  spec.password()),
              database,
              new Selection(List.of("public.t*"), Map.of(), Map.of()));
      try (SourceControl control = source.openControl(1)) {
        assertThat(control.tables()).hasSize(tables);
        control.createLog();
        control.requireNothingUnlogged();
        try (Trap counting =
            proxy.hold(
                message -> {
                  if (message.executes()) {
                    asked.add(message.sql());
                  }
                  return false;
                })) {
          control.requireNothingUnlogged();
          assertThat(counting.hasSprung()).isFalse();
        }
      }
    } finally {
      server.execute(database, "SELECT pg_drop_replication_slot('tidemark_" + database + "')");
    }
    return List.copyOf(asked);
  }
}
