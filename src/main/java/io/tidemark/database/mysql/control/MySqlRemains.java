package io.tidemark.database.mysql.control;

import io.tidemark.database.StreamRemains;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.StreamLocks;
import io.tidemark.database.mysql.session.StreamSource;
import io.tidemark.database.mysql.session.StreamSource.Role;
import java.util.List;

/** A stream leaves nothing at a MySQL or MariaDB source but the sessions that are open. */
public record MySqlRemains(StreamSource source) implements StreamRemains {

  @Override
  public List<String> sessions() {
    try (MySqlQueries queries = source.open(0, Role.CHECK)) {
      return new StreamLocks(queries, source.stream(), 0)
          .others().stream().map(StreamLocks.Holder::inWords).toList();
    }
  }

  @Override
  public List<String> sessionsOf(long epoch) {
    return sessions();
  }

  @Override
  public List<String> parts() {
    return List.of();
  }

  @Override
  public String staying() {
    return "Nothing stays at the source: the stream can go on for as long as the server keeps its"
        + " binary log (binlog_expire_logs_seconds).";
  }

  @Override
  public void remove() {
    try (MySqlQueries queries = source.open(0, Role.CHECK)) {
      new StreamLocks(queries, source.stream(), 0).endOthers();
    }
  }
}
