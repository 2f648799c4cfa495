package io.tidemark.table;

/** {@code 'connector' = 'tidemark-mysql'}, for MariaDB too. */
public final class MySqlTableFactory extends SourceTableFactory {

  @Override
  public String factoryIdentifier() {
    return "tidemark-mysql";
  }

  @Override
  int port() {
    return 3306;
  }

  @Override
  String scheme() {
    return "jdbc:mysql:";
  }

  @Override
  boolean hasSchemas() {
    return false;
  }
}
