package io.tidemark.database.postgres.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.postgres.session.PostgresSessions;
import io.tidemark.database.postgres.session.StreamSource;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PostgresRemainsIT {

  @Postgres private static PostgresServer server;

  private static PostgresRemains remains(String stream) {
    return new PostgresRemains(
        new StreamSource(
            server.spec("postgres"),
            stream,
            new Selection(List.of("*.*"), Map.of(), Map.of()),
            SourceSettings.DEFAULT));
  }

  @Test
  void showsAndRemovesExactlyTheStreamsParts() throws Exception {
    try (Connection admin = PostgresSessions.open(server.spec("postgres"), "admin")) {
      PostgresRemains remains = remains("shop");
      assertThat(remains.parts()).isEmpty();
      assertThat(remains.sessions()).isEmpty();
      remains.remove();

      execute(admin, "CREATE PUBLICATION tidemark_shop", "CREATE PUBLICATION tidemark_shop2");
      for (String slot : List.of("tidemark_shop", "tidemark_shop2")) {
        execute(
            admin,
            "SELECT pg_catalog.pg_create_logical_replication_slot('" + slot + "', 'pgoutput')");
      }
      Connection job = PostgresSessions.open(server.spec("postgres"), "tidemark:shop:3:control");
      Connection other = PostgresSessions.open(server.spec("postgres"), "tidemark:shop2:3:control");

      assertThat(remains.parts())
          .satisfiesExactly(
              slot ->
                  assertThat(slot)
                      .startsWith("the replication slot tidemark_shop, which holds back "),
              publication -> assertThat(publication).isEqualTo("the publication tidemark_shop"));
      assertThat(remains.sessions())
          .satisfiesExactly(
              session ->
                  assertThat(session)
                      .startsWith("client backend tidemark:shop:3:control (process"));

      remains.remove();
      assertThat(remains.parts()).isEmpty();
      assertThat(remains.sessions()).isEmpty();
      assertThat(job.isValid(5)).isFalse();
      assertThat(other.isValid(5)).isTrue();
      assertThat(remains("shop2").parts()).hasSize(2);
      other.close();
    }
  }

  private static void execute(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }
}
