package io.tidemark.table;

/** {@code 'connector' = 'tidemark-postgres'}. */
public final class PostgresTableFactory extends SourceTableFactory {

  @Override
  public String factoryIdentifier() {
    return "tidemark-postgres";
  }

  @Override
  int port() {
    return 5432;
  }

  @Override
  String scheme() {
    return "jdbc:postgresql:";
  }

  @Override
  boolean hasSchemas() {
    return true;
  }
}
