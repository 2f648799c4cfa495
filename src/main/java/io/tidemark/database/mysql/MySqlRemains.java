package io.tidemark.database.mysql;

import io.tidemark.database.StreamRemains;
import io.tidemark.database.mysql.StreamSource.Role;
import java.util.List;

/** A stream leaves nothing at a MySQL or MariaDB source but the sessions that are open. */
record MySqlRemains(StreamSource source) implements StreamRemains {

  @Override
  public List<String> sessions() {
    try (MySqlQueries queries = source.open(0, Role.CHECK)) {
      return new StreamLocks(queries, source.stream())
          .others().stream().map(StreamLocks.Holder::inWords).toList();
    }
  }

  @Override
  public List<String> parts() {
    return List.of();
  }

  @Override
  public void remove() {
    try (MySqlQueries queries = source.open(0, Role.CHECK)) {
      new StreamLocks(queries, source.stream()).endOthers();
    }
  }
}
