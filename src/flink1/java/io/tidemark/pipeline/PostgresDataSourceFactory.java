package io.tidemark.pipeline;

import io.tidemark.table.WholeTables;

/** {@code type: tidemark-postgres}. */
public final class PostgresDataSourceFactory extends TidemarkDataSourceFactory {

  @Override
  public String identifier() {
    return "tidemark-postgres";
  }

  @Override
  WholeTables.Kind kind() {
    return WholeTables.Kind.POSTGRES;
  }
}
