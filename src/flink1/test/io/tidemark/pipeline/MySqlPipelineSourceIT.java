package io.tidemark.pipeline;

import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Server;
import java.util.List;
import java.util.Map;

class MySqlPipelineSourceIT extends PipelineSourceContract {

  @MySql private static MySqlServer server;

  @Override
  Server server() {
    return server;
  }

  @Override
  String type() {
    return "tidemark-mysql";
  }

  @Override
  Map<String, String> own(String database) {
    return Map.of("tables", database + ".\\.*", "tables.exclude", database + ".unwanted");
  }

  @Override
  String schema(String database) {
    return database;
  }

  @Override
  String timestampType() {
    return "datetime";
  }

  @Override
  List<String> filling(int rows) {
    return List.of(
        "SET SESSION cte_max_recursion_depth = 1000000",
        "INSERT INTO many WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers"
            + " WHERE n < "
            + rows
            + ") SELECT n, concat('n', n), n + 0.25, DATE '2024-01-01' + INTERVAL n % 1000 DAY,"
            + " IF(n % 7 > 0, concat('it''s ', n), NULL), TIMESTAMP '2024-02-03 04:05:06.123'"
            + " FROM numbers");
  }

  @Override
  List<String> wholeRows(String table) {
    return List.of();
  }
}
