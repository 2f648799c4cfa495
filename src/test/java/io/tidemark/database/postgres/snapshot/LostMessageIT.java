package io.tidemark.database.postgres.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.KeyRange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.postgres.PostgresSource;
import io.tidemark.faults.link.PostgresLink;
import io.tidemark.faults.link.Proxy;
import io.tidemark.faults.link.Trap;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.Table;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.Selection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A row that the server has sent and that does not come is missed. */
class LostMessageIT {

  @Postgres(databases = "lost")
  private static PostgresServer server;

  /** In binary as it is, and in text. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void rowsAreAsManyAsTheServerSaysThatItHasSent(boolean portable) throws Exception {
    server.execute(
        "lost",
        "DROP TABLE IF EXISTS t",
        "CREATE TABLE t (id int PRIMARY KEY)",
        "INSERT INTO t SELECT generate_series(1, 10)");
    try (Proxy proxy = new Proxy(server.port(), PostgresLink::new)) {
      ConnectionSpec spec = server.spec("lost");
      PostgresSource through =
          new PostgresSource(
              new ConnectionSpec(
                  spec.url().replace(":" + server.port() + "/", ":" + proxy.port() + "/"),
                  spec.user(),
                  spec.password()),
              "lost",
              new Selection(List.of("public.t"), Map.of(), Map.of()));
      SourceDatabase source = portable ? through.portable() : through;
      try (SourceControl control = source.openControl(1);
          SnapshotSession session = source.openSession(1, Optional.empty(), control.tables())) {
        Table table = control.tables().get(0);
        assertThat(session.read(table, KeyRange.everything(), (bytes, length) -> {})).isEqualTo(10);
        Trap trap =
            proxy.arm(
                Trap.Spring.DROP,
                message -> !message.toServer() && message.isCopy() && message.link().copied() == 4);
        assertThatThrownBy(() -> session.read(table, KeyRange.everything(), (bytes, length) -> {}))
            .isInstanceOfSatisfying(
                DatabaseException.class,
                lost -> assertThat(lost.kind()).isEqualTo(DatabaseException.Kind.FATAL))
            .hasMessageContaining("reading table public.t failed")
            .hasMessageContaining("it has sent 10 rows, and 9 have come");
        assertThat(trap.hasSprung()).isTrue();
      }
    }
  }
}
