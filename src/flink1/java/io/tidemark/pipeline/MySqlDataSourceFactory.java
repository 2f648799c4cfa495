package io.tidemark.pipeline;

import io.tidemark.table.WholeTables;

/** {@code type: tidemark-mysql}, for MariaDB too. */
public final class MySqlDataSourceFactory extends TidemarkDataSourceFactory {

  @Override
  public String identifier() {
    return "tidemark-mysql";
  }

  @Override
  WholeTables.Kind kind() {
    return WholeTables.Kind.MYSQL;
  }
}
