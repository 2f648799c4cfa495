package io.tidemark.pipeline;

import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import java.util.List;
import java.util.Map;

class PostgresPipelineSourceIT extends PipelineSourceContract {

  @Postgres private static PostgresServer server;

  @Override
  Server server() {
    return server;
  }

  @Override
  String type() {
    return "tidemark-postgres";
  }

  @Override
  Map<String, String> own(String database) {
    return Map.of(
        "tables",
        database + ".public.\\.*",
        "tables.exclude",
        database + ".public.unwanted",
        "slot.name",
        database);
  }

  @Override
  String schema(String database) {
    return "public";
  }

  @Override
  String timestampType() {
    return "timestamp";
  }

  @Override
  List<String> filling(int rows) {
    return List.of(
        "INSERT INTO many SELECT n, 'n' || n, n + 0.25, DATE '2024-01-01' + n % 1000,"
            + " CASE WHEN n % 7 > 0 THEN 'it''s ' || n END, TIMESTAMP '2024-02-03 04:05:06.123'"
            + " FROM generate_series(1, "
            + rows
            + ") n");
  }

  @Override
  List<String> wholeRows(String table) {
    return List.of("ALTER TABLE " + table + " REPLICA IDENTITY FULL");
  }
}
