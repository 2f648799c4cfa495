package io.tidemark.database.jdbc;

import io.tidemark.database.DatabaseException;
import io.tidemark.schema.TableId;
import io.tidemark.staging.Milestone;
import io.tidemark.staging.ShapeChange;
import io.tidemark.staging.SinkTable;
import io.tidemark.staging.StagedRows;
import io.tidemark.staging.StagedTables;
import io.tidemark.staging.TableShape;
import io.tidemark.staging.TablesCheckpoint;
import io.tidemark.staging.TablesCheckpoint.Round;
import io.tidemark.staging.TablesSink;
import io.tidemark.staging.TablesWriter;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tables that take staged rows and change between them, over JDBC. Each call is a connection of its
 * own; a writer has one until it is closed.
 *
 * @param name of the sink in the ledger
 */
public record JdbcTablesSink(
    JdbcTarget target, StagingDialect dialect, TableChanges changes, String name)
    implements TablesSink {

  private static final long serialVersionUID = 1L;

  /** Every table of such a sink has a key. */
  private SinkAccess access() {
    return new SinkAccess(target, dialect, new SinkLedger.Sink(name, "*", true));
  }

  @Override
  public long claim(String job, Optional<Milestone> reached) {
    return access().claim(job, reached);
  }

  @Override
  public TablesWriter openStaging() {
    SinkAccess access = access();
    access.bringUp();
    return new Writer(access, access.session("write"), access.enroll());
  }

  /**
   * {@inheritDoc}
   *
   * <p>Where the database commits with each change of a table, the session has, besides the sink's
   * row, something that no other can have until it ends: so of two committers one is done, or gone,
   * before the other begins, and none empties a table that the other has filled since.
   */
  @Override
  public void merge(String job, TablesCheckpoint checkpoint) {
    SinkAccess access = access();
    String session = access.session("merge");
    access.repeatedly(
        session,
        () ->
            LedgerSql.with(
                target,
                session,
                sql -> {
                  merge(access, sql, job, checkpoint);
                  return true;
                }));
    access.drop(session, checkpoint.staged(), checkpoint.oldestWriter());
  }

  private void merge(SinkAccess access, LedgerSql sql, String job, TablesCheckpoint checkpoint) {
    SinkLedger ledger = access.ledger(sql);
    for (String statement : List.of(access.lockTimeout(), access.tableLockTimeout())) {
      sql.run("setting a lock timeout", statement);
    }
    sql.commit();
    changes.exclusive(access.name()).ifPresent(query -> hold(sql, query));
    if (!ledger.isDue(job, checkpoint.number(), checkpoint.previous(), sql.dialect().forUpdate())) {
      return;
    }
    access.requireWhole(sql, checkpoint.number(), checkpoint.staged());
    List<Round> rounds = checkpoint.rounds();
    int first = changes.isTransactional() ? 0 : ledger.roundsDone(checkpoint.number());
    for (int i = first; i < rounds.size(); i++) {
      boolean isChanged = change(sql, rounds.get(i));
      if (isChanged
          && !changes.isTransactional()
          && !ledger.isDue(
              job, checkpoint.number(), checkpoint.previous(), sql.dialect().forUpdate())) {
        return;
      }
      rounds.get(i).tables().forEach(table -> write(sql, table));
      if (!changes.isTransactional() && i + 1 < rounds.size()) {
        ledger.recordRounds(checkpoint.number(), i + 1);
      }
    }
    ledger.record(
        checkpoint.number(), checkpoint.staged().stream().mapToLong(StagedRows::rows).sum());
    sql.commit();
  }

  private void hold(LedgerSql sql, String query) {
    boolean isHeld = sql.query(query, row -> row.getInt(1)).equals(List.of(1));
    sql.commit();
    if (!isHeld) {
      throw new DatabaseException(
          DatabaseException.Kind.RETRYABLE,
          "sink " + name + ": another session is merging what was staged for it");
    }
  }

  /**
   * Changes and makes tables. What was written before is committed with that, where the database
   * does so.
   *
   * @return whether anything was
   */
  private boolean change(LedgerSql sql, Round round) {
    boolean isChanged = false;
    for (ShapeChange change : round.changes()) {
      String doing = "changing table " + change.table() + " for sink " + name;
      for (String statement : sql.on(doing, connection -> changes.changing(connection, change))) {
        sql.run(doing, statement);
        isChanged = true;
      }
    }
    for (TablesCheckpoint.Table table : round.tables()) {
      String doing = "making table " + table.shape().table() + " for sink " + name;
      for (String statement :
          sql.on(doing, connection -> changes.opening(connection, table.shape()))) {
        sql.run(doing, statement);
        isChanged = true;
      }
    }
    return isChanged;
  }

  private void write(LedgerSql sql, TablesCheckpoint.Table table) {
    if (table.staged().isEmpty()) {
      return;
    }
    TableShape shape = table.shape();
    SinkTable written = shape.of(name);
    List<String> stages =
        table.staged().stream().map(staged -> dialect.staged(staged.table())).toList();
    String doing = "writing the rows of sink " + name + " to table " + shape.table();
    sql.run(doing, dialect.droppingGathered());
    sql.on(
        doing,
        connection -> {
          dialect.createStage(connection, written, dialect.gathered(), true);
          return true;
        });
    sql.on(doing, connection -> dialect.gatheringTexts(connection, shape, stages))
        .forEach(statement -> sql.run(doing, statement));
    sql.on(doing, connection -> dialect.merging(connection, written))
        .forEach(statement -> sql.run(doing, statement));
  }

  /**
   * Stages rows of many tables over JDBC: each has a staging table of its own, made with its first
   * row, and another one after each change of the table.
   */
  private static final class Writer implements TablesWriter {

    /** How many bytes are kept, of all tables together, before they are sent. */
    private static final long SENT_AT = 4 << 20;

    /** Rows of one shape that come one after another, as far as their table is concerned. */
    private static final class Run {
      private final TableShape shape;
      private final StagingDialect.Load load;
      private String stage = "";
      private long rows;

      Run(TableShape shape, StagingDialect.Load load) {
        this.shape = shape;
        this.load = load;
      }
    }

    private final SinkAccess access;
    private final String session;
    private final long writer;
    private @Nullable Connection connection;
    private long tables;

    /** What has come since the last checkpoint: a run's place, until it is known how many rows. */
    private final List<Object> course = new ArrayList<>();

    private final Map<TableId, Run> running = new LinkedHashMap<>();

    Writer(SinkAccess access, String session, long writer) {
      this.access = access;
      this.session = session;
      this.writer = writer;
      this.connection = access.target().connect(session);
    }

    @Override
    public void open(TableShape shape) {
      end(shape.table());
      course.add(new StagedTables.Opened(shape));
    }

    @Override
    public void change(ShapeChange change) {
      end(change.table());
      course.add(new StagedTables.Changed(change));
    }

    private void end(TableId table) {
      Run ended = running.remove(table);
      if (ended != null && ended.load.rows() > 0) {
        send(ended);
      }
    }

    @Override
    public void add(TableShape shape, boolean deleted, @Nullable Object[] values) {
      Run run = running.get(shape.table());
      if (run == null || !run.shape.equals(shape)) {
        end(shape.table());
        run = new Run(shape, access.dialect().load(shape.of(access.table().sink())));
        running.put(shape.table(), run);
        course.add(run);
      }
      run.load.add(run.rows++, deleted, values);
      if (run.load.bytes() >= JdbcStagingWriter.SENT_AT || bytes() >= SENT_AT) {
        running.values().stream().filter(some -> some.load.rows() > 0).forEach(this::send);
      }
    }

    private long bytes() {
      return running.values().stream().mapToLong(run -> run.load.bytes()).sum();
    }

    /**
     * A failure leaves it open what was written, so that nothing is tried again: the task fails.
     */
    private void send(Run run) {
      LedgerSql sql = new LedgerSql(connected(), access.target().ledgerDialect());
      StagingDialect dialect = access.dialect();
      if (run.stage.isEmpty()) {
        String name = access.name().replace('-', '_') + "_" + writer + "_" + tables++;
        access.ledger(sql).register(writer, name);
        run.stage = name;
        sql.on(
            "making a staging table for table " + run.shape.table(),
            opened -> {
              dialect.createTextStage(opened, run.shape, dialect.staged(name));
              return true;
            });
      }
      sql.on(
          "staging rows of table " + run.shape.table(),
          opened -> {
            run.load.send(opened, dialect.staged(run.stage));
            return true;
          });
      sql.commit();
      run.load.clear();
    }

    @Override
    public StagedTables finish() {
      running.values().stream().filter(run -> run.load.rows() > 0).forEach(this::send);
      running.clear();
      List<StagedTables.Part> parts = new ArrayList<>();
      for (Object some : course) {
        parts.add(
            some instanceof Run run
                ? new StagedTables.Rows(run.shape, new StagedRows(writer, run.stage, run.rows))
                : (StagedTables.Part) some);
      }
      course.clear();
      return new StagedTables(writer, parts);
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
      List<String> unfinished = new ArrayList<>();
      for (Object some : course) {
        if (some instanceof Run run && !run.stage.isEmpty()) {
          unfinished.add(run.stage);
        }
      }
      access.end(opened, session, unfinished);
    }
  }
}
