package io.tidemark.database.postgres.ddl;

import io.tidemark.database.postgres.PostgresTarget;
import io.tidemark.database.postgres.catalog.PostgresSchema;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription;
import io.tidemark.lab.PostgresServer;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/**
 * Two databases of one server: one whose schema a test writes, and an empty one where the same is
 * to be made.
 */
record SchemaPair(PostgresServer server, String name) {

  private static final Selection EVERYTHING = new Selection(List.of("*"), Map.of(), Map.of());

  static SchemaPair create(PostgresServer server, String name) throws SQLException {
    SchemaPair pair = new SchemaPair(server, name);
    server.createDatabase(pair.source());
    server.createDatabase(pair.target());
    return pair;
  }

  String source() {
    return name + "_source";
  }

  String target() {
    return name + "_target";
  }

  PostgresTarget target(Renaming renaming) {
    return new PostgresTarget(server.spec(target()), name, renaming);
  }

  /** All that is in the source now. */
  PostgresSchemaDescription described() {
    return describe(source());
  }

  /** All that is in the target now. */
  PostgresSchemaDescription made() {
    return describe(target());
  }

  private PostgresSchemaDescription describe(String database) {
    return PostgresSchema.describe(server.spec(database), EVERYTHING, "test");
  }
}
