package io.tidemark.database.jdbc;

import io.tidemark.database.DatabaseException;
import io.tidemark.staging.DirectWriter;
import java.sql.Connection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes rows in transactions of its own, by way of tables that are the session's: the same
 * statements that merge what was staged.
 */
final class JdbcDirectWriter implements DirectWriter {

  private final JdbcStagedSink sink;
  private final String session;
  private final StagingDialect.Load load;
  private @Nullable Connection connection;
  private List<String> statements = List.of();
  private long rows;

  JdbcDirectWriter(JdbcStagedSink sink, String session) {
    this.sink = sink;
    this.session = session;
    this.load = sink.dialect().load(sink.table());
    open();
  }

  private Connection open() {
    Connection opened = sink.connect(session);
    try {
      StagingDialect dialect = sink.dialect();
      statements =
          sink.on(
              opened,
              sql -> {
                List<String> merging =
                    sql.on(
                        sink.writing(),
                        there -> {
                          dialect.createStage(there, sink.table(), dialect.passing(), true);
                          if (sink.table().key().isEmpty()) {
                            return List.of(dialect.appending(sink.table(), dialect.passing()));
                          }
                          dialect.createStage(there, sink.table(), dialect.gathered(), true);
                          return dialect.merging(there, sink.table());
                        });
                sql.commit();
                return merging;
              });
    } catch (RuntimeException e) {
      abandon(opened, e);
      throw e;
    }
    connection = opened;
    return opened;
  }

  @Override
  public void add(boolean deleted, @Nullable Object[] values) {
    load.add(rows++, deleted, values);
  }

  @Override
  public boolean isFull() {
    return load.bytes() >= JdbcStagingWriter.SENT_AT;
  }

  @Override
  public void flush() {
    if (load.rows() == 0) {
      return;
    }
    Connection opened = connection == null ? open() : connection;
    try {
      sink.on(
          opened,
          sql -> {
            write(sql);
            return true;
          });
    } catch (RuntimeException e) {
      // What is left of it in the session's own tables goes with the session.
      connection = null;
      abandon(opened, e);
      throw e;
    }
    load.clear();
  }

  private void write(LedgerSql sql) {
    StagingDialect dialect = sink.dialect();
    boolean hasKey = !sink.table().key().isEmpty();
    sql.run(sink.writing(), dialect.emptying(dialect.passing()));
    if (hasKey) {
      sql.run(sink.writing(), dialect.emptying(dialect.gathered()));
    }
    sql.commit();
    sql.on(
        sink.writing(),
        opened -> {
          load.send(opened, dialect.passing());
          return true;
        });
    if (hasKey) {
      sql.run(sink.writing(), dialect.gathering(sink.table(), List.of(dialect.passing())));
    }
    sql.commit();
    statements.forEach(statement -> sql.run(sink.writing(), statement));
    sql.commit();
  }

  private void abandon(Connection opened, RuntimeException failure) {
    try {
      LedgerSql.close(sink.target(), opened);
    } catch (DatabaseException e) {
      failure.addSuppressed(e);
    }
  }

  @Override
  public void close() {
    Connection opened = connection;
    if (opened != null) {
      connection = null;
      LedgerSql.close(sink.target(), opened);
    }
  }
}
