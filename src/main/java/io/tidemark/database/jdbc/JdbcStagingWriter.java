package io.tidemark.database.jdbc;

import io.tidemark.staging.StagedRows;
import io.tidemark.staging.StagingWriter;
import java.sql.Connection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Stages rows over JDBC: each table of theirs is made with its first row. */
final class JdbcStagingWriter implements StagingWriter {

  /** How many bytes are kept before they are sent. */
  static final long SENT_AT = 1 << 20;

  private final JdbcStagedSink sink;
  private final SinkAccess access;
  private final String session;
  private final long writer;
  private final StagingDialect.Load load;
  private @Nullable Connection connection;
  private String stage = "";
  private long tables;
  private long rows;

  JdbcStagingWriter(JdbcStagedSink sink, SinkAccess access, String session, long writer) {
    this.sink = sink;
    this.access = access;
    this.session = session;
    this.writer = writer;
    this.load = sink.dialect().load(sink.table());
    this.connection = sink.connect(session);
  }

  @Override
  public void add(boolean deleted, @Nullable Object[] values) {
    load.add(rows++, deleted, values);
    if (load.bytes() >= SENT_AT) {
      send();
    }
  }

  /** A failure leaves it open what was written, so that nothing is tried again: the task fails. */
  private void send() {
    sink.on(
        connected(),
        sql -> {
          if (stage.isEmpty()) {
            String name = access.name().replace('-', '_') + "_" + writer + "_" + tables++;
            access.ledger(sql).register(writer, name);
            stage = name;
            sql.on(
                "making a staging table for sink " + sink.table().sink(),
                opened -> {
                  sink.dialect()
                      .createStage(opened, sink.table(), sink.dialect().staged(name), false);
                  return true;
                });
          }
          sql.on(
              "staging the rows of sink " + sink.table().sink(),
              opened -> {
                load.send(opened, sink.dialect().staged(stage));
                return true;
              });
          sql.commit();
          return true;
        });
    load.clear();
  }

  @Override
  public StagedRows finish() {
    if (rows == 0) {
      return StagedRows.none(writer);
    }
    if (load.rows() > 0) {
      send();
    }
    StagedRows staged = new StagedRows(writer, stage, rows);
    stage = "";
    rows = 0;
    return staged;
  }

  private Connection connected() {
    Connection opened = connection;
    if (opened == null) {
      throw new IllegalStateException("the writer is closed");
    }
    return opened;
  }

  /** Drops what has not been finished: its rows come again. */
  @Override
  public void close() {
    Connection opened = connection;
    if (opened == null) {
      return;
    }
    connection = null;
    access.end(opened, session, stage.isEmpty() ? List.of() : List.of(stage));
  }
}
