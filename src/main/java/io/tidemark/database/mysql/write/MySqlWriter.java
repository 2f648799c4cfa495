package io.tidemark.database.mysql.write;

import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.change.SequenceValue;
import io.tidemark.database.ValueRefusedException;
import io.tidemark.database.jdbc.JdbcWriter;
import io.tidemark.database.mysql.catalog.MySqlTargetFacts;
import io.tidemark.database.mysql.session.ByteText;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.shared.MissingRows;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes replicated data into MySQL or MariaDB through one connection, on which foreign keys are
 * not looked at. Nothing that it does commits: a TRUNCATE would, so tables are emptied by DELETE.
 */
public final class MySqlWriter extends JdbcWriter {

  /** How many rows one statement changes at most; MariaDB treats longer lists in another way. */
  static final int MAX_ROWS = 500;

  /** ER_TOO_BIG_ROWSIZE: of a table that the server makes for a statement. */
  private static final int ROW_TOO_WIDE = 1118;

  private final TargetServer server;
  private final Renaming renaming;
  private final OnBadValue onBadValue;
  private final AutoIncrements autoIncrements;
  private final TargetStatements statements;
  private final Map<TableId, Prepared> tables = new HashMap<>();
  private final ByteText sql = new ByteText();

  /** As many as there are tables that were ever set aside, under each name that they had then. */
  private final Map<Aside, AsideSql> asides = new HashMap<>();

  private record Prepared(TargetTable target, TableSql sql) {}

  /**
   * @param connection auto-commit off; closed with this writer
   * @param stream whose rows it writes
   */
  public MySqlWriter(
      Connection connection,
      String stream,
      TargetServer server,
      Renaming renaming,
      OnBadValue onBadValue,
      AutoIncrements autoIncrements) {
    super(connection, new MySqlLedgerDialect(), MySqlTargetFacts.ofMeaning(), stream);
    this.server = server;
    this.renaming = renaming;
    this.onBadValue = onBadValue;
    this.autoIncrements = autoIncrements;
    this.statements = new TargetStatements(connection);
  }

  @Override
  public ChunkLoad beginChunk(Table table, String format, BadRows bad) {
    Prepared prepared = prepared(table);
    return loading(
        prepared.target().id(),
        MySqlChunkLoad.begin(statements, server, prepared.target(), prepared.sql(), format, bad));
  }

  @Override
  public Optional<ValueRefusedException> problem(Table table, Row row) {
    return prepared(table).target().problem(row);
  }

  @Override
  public Optional<Row> stored(Table table, Row named, int[] fields) {
    Prepared prepared = prepared(table);
    try {
      Prepared place = placeOf(prepared, Optional.of(named));
      return new StoredFields(connection(), place.target(), place.sql()).read(named, fields);
    } catch (SQLException e) {
      throw TargetFailure.ofRow(prepared.target(), named, e);
    }
  }

  @Override
  protected void applyTogether(RowBatch batch) {
    Prepared table = written(batch.table());
    try {
      delete(table, batch.removals(), false);
      delete(table, batch.deletes(), true);
      List<Row> whole = new ArrayList<>();
      List<Row> parts = new ArrayList<>();
      for (Row row : batch.updates()) {
        boolean replaces =
            row.isComplete() && table.target().isPrimary() && !table.target().hasNoLabel(row);
        (replaces ? whole : parts).add(row);
      }
      changeWhole(table, whole);
      changeParts(table, parts);
      insert(table, batch.inserts());
    } catch (SQLException e) {
      throw TargetFailure.ofSet(table.target(), e);
    }
  }

  private void delete(Prepared table, List<Row> rows, boolean expected) throws SQLException {
    for (int from = 0; from < rows.size(); ) {
      sql.clear();
      table.sql().deleteByKeys(sql);
      int to = addKeys(table, rows, from);
      long done = statements.execute(table.target(), sql).rows();
      if (expected) {
        requireFound(table.target(), "delete", done, to - from);
      }
      from = to;
    }
  }

  /** Adds keys to the statement until it is full; gives the index of the first that is left. */
  private int addKeys(Prepared table, List<Row> rows, int from) {
    int at = from;
    do {
      table.sql().key(rows.get(at), at == from, sql);
      at++;
    } while (at < rows.size() && at - from < MAX_ROWS && sql.size() < server.statementBytes());
    table.sql().endKeys(sql);
    return at;
  }

  /**
   * Complete rows: the keys are counted under lock, which proves that all are there; then one
   * statement changes them all.
   */
  private void changeWhole(Prepared table, List<Row> rows) throws SQLException {
    TargetTable target = table.target();
    for (int from = 0; from < rows.size(); ) {
      sql.clear();
      table.sql().countByKeys(sql);
      int to = addKeys(table, rows, from);
      sql.add(" FOR UPDATE");
      requireFound(target, "update", statements.count(target, sql), to - from);
      if (target.otherFields().length == 0) {
        from = to;
        continue;
      }
      while (from < to) {
        sql.clear();
        table.sql().insert(false, sql);
        from = addRows(table, rows, from, to);
        table.sql().changeInstead(sql);
        refuseWarning(target, statements.execute(target, sql));
      }
    }
  }

  private int addRows(Prepared table, List<Row> rows, int from, int end) {
    int at = from;
    do {
      if (at > from) {
        sql.add(',');
      }
      table.sql().values(rows.get(at), sql);
      at++;
    } while (at < end && at - from < MAX_ROWS && sql.size() < server.statementBytes());
    return at;
  }

  /** Rows of which not all columns are known: those that set the same ones together. */
  private void changeParts(Prepared table, List<Row> rows) throws SQLException {
    TargetTable target = table.target();
    for (Map.Entry<BitSet, List<Row>> group :
        Row.byPresentFieldsExcept(target.keyFields(), rows).entrySet()) {
      BitSet assigned = group.getKey();
      if (assigned.isEmpty() || !JointUpdate.serves(target, assigned)) {
        changeOneByOne(table, group.getValue(), assigned);
        continue;
      }
      List<Row> joint = new ArrayList<>();
      List<Row> single = new ArrayList<>();
      group.getValue().forEach(row -> (target.hasNoLabel(row) ? single : joint).add(row));
      if (joint.size() < 2) {
        single.addAll(joint);
      } else {
        int done =
            changeJointly(target, joint, new JointUpdate(target, server.flavour(), assigned));
        single.addAll(joint.subList(done, joint.size()));
      }
      changeOneByOne(table, single, assigned);
    }
  }

  /** Gives how many were changed: not all, where rows are too wide for a derived table. */
  private int changeJointly(TargetTable target, List<Row> rows, JointUpdate update)
      throws SQLException {
    for (int from = 0; from < rows.size(); ) {
      sql.clear();
      update.begin(sql);
      int to = from;
      do {
        update.row(rows.get(to), to == from, sql);
        to++;
      } while (to < rows.size() && to - from < MAX_ROWS && sql.size() < server.statementBytes());
      update.end(sql);
      TargetStatements.Result result;
      try {
        result = statements.execute(target, sql);
      } catch (SQLException e) {
        if (e.getErrorCode() == ROW_TOO_WIDE) {
          return from;
        }
        throw e;
      }
      refuseWarning(target, result);
      requireFound(target, "update", result.rows(), to - from);
      from = to;
    }
    return rows.size();
  }

  /** A statement each, many in one packet. */
  private void changeOneByOne(Prepared table, List<Row> rows, BitSet assigned) throws SQLException {
    TargetTable target = table.target();
    List<Row> waiting = new ArrayList<>();
    sql.clear();
    for (Row row : rows) {
      if (assigned.isEmpty() || target.hasNoLabel(row)) {
        changeTogether(target, waiting);
        changeOne(table, row, row, assigned);
        sql.clear();
        continue;
      }
      if (!waiting.isEmpty()) {
        sql.add(';');
      }
      table.sql().update(false, row, row, assigned, sql);
      waiting.add(row);
      if (waiting.size() == MAX_ROWS || sql.size() >= server.statementBytes()) {
        changeTogether(target, waiting);
      }
    }
    changeTogether(target, waiting);
  }

  private void changeTogether(TargetTable target, List<Row> waiting) throws SQLException {
    if (!waiting.isEmpty()) {
      statements.executeAll(
          target,
          sql,
          waiting.size(),
          (index, found) -> {
            if (found != 1) {
              throw TargetFailure.missing(target, "update", found, 1, List.of(waiting.get(index)));
            }
          });
      waiting.clear();
      sql.clear();
    }
  }

  private void insert(Prepared table, List<Row> rows) throws SQLException {
    TargetTable target = table.target();
    List<Row> plain = new ArrayList<>(rows.size());
    for (Row row : rows) {
      if (target.hasNoLabel(row)) {
        insertOne(table, row);
      } else {
        plain.add(row);
      }
    }
    for (int from = 0; from < plain.size(); ) {
      sql.clear();
      table.sql().insert(false, sql);
      int to = addRows(table, plain, from, plain.size());
      TargetStatements.Result result = statements.execute(target, sql);
      refuseWarning(target, result);
      requireInserted(target, result.rows(), to - from);
      from = to;
    }
  }

  /** Also takes an enumeration's value without a label, which only a lenient statement does. */
  private void insertOne(Prepared table, Row row) throws SQLException {
    TargetTable target = table.target();
    boolean lenient = target.hasNoLabel(row);
    sql.clear();
    table.sql().insert(lenient, sql);
    table.sql().values(row, sql);
    TargetStatements.Result result = statements.execute(target, sql);
    if (!lenient) {
      refuseWarning(target, result);
    } else {
      NoLabels.refuseOtherWarnings(target, row, result);
    }
    requireInserted(target, result.rows(), 1);
  }

  private void changeOne(Prepared table, Row found, Row row, BitSet assigned) throws SQLException {
    TargetTable target = table.target();
    sql.clear();
    if (assigned.isEmpty()) {
      table.sql().find(found, sql);
      requireOne(target, "update", statements.count(target, sql), found);
      return;
    }
    boolean lenient = target.hasNoLabel(row);
    table.sql().update(lenient, found, row, assigned, sql);
    TargetStatements.Result result = statements.execute(target, sql);
    if (!lenient) {
      refuseWarning(target, result);
    } else {
      NoLabels.refuseOtherWarnings(target, row, result);
    }
    requireOne(target, "update", result.rows(), found);
  }

  @Override
  public void applySingly(RowChange change) {
    if (change instanceof RowChange.Insert insert) {
      singly(
          insert.table(), insert.row(), Optional.empty(), table -> insertOne(table, insert.row()));
    } else if (change instanceof RowChange.Update update) {
      updateSingly(update);
    } else if (change instanceof RowChange.Delete delete) {
      deleteSingly(delete);
    } else if (change instanceof RowChange.Put put) {
      singly(
          put.table(),
          put.row(),
          Optional.of(put.row()),
          table -> {
            delete(table, List.of(put.row()), false);
            insertOne(table, put.row());
          });
    } else if (change instanceof RowChange.Remove remove) {
      singly(
          remove.table(),
          remove.before(),
          Optional.of(remove.before()),
          table -> delete(table, List.of(remove.before()), false));
    } else if (change instanceof RowChange.Truncate truncate) {
      truncate.tables().forEach(this::empty);
    } else if (change instanceof RowChange.Clear clear) {
      clear(clear);
    }
    // A Reopen is noted in the ledger; nothing is written of its row.
  }

  private void updateSingly(RowChange.Update update) {
    singly(
        update.table(),
        update.after(),
        Optional.of(update.found()),
        table -> changeOne(table, update.found(), update.after(), update.assigned()));
  }

  private void deleteSingly(RowChange.Delete delete) {
    singly(
        delete.table(),
        delete.before(),
        Optional.of(delete.before()),
        table -> {
          sql.clear();
          table.sql().delete(delete.before(), sql);
          requireOne(
              table.target(),
              "delete",
              statements.execute(table.target(), sql).rows(),
              delete.before());
        });
  }

  private void empty(Table table) {
    Prepared prepared = written(table);
    TargetTable target = prepared.target();
    try {
      for (Prepared place : places(prepared)) {
        sql.clear();
        sql.add("DELETE FROM ").add(place.target().name());
        statements.execute(target, sql);
      }
    } catch (SQLException e) {
      throw TargetFailure.ofTable(target, "emptying", e);
    }
  }

  private void clear(RowChange.Clear clear) {
    Prepared prepared = written(clear.table());
    TargetTable target = prepared.target();
    try {
      for (Prepared place : places(prepared)) {
        sql.clear();
        new RangeSql(place.target()).delete(clear.range(), clear.spared(), sql);
        statements.execute(target, sql);
      }
    } catch (SQLException e) {
      throw TargetFailure.ofTable(target, "emptying a key range of", e);
    }
  }

  @Override
  protected void makeAside(Aside made) {
    TargetTable target = prepared(made.table()).target();
    try {
      asideSql(made, target).make(statements);
    } catch (SQLException e) {
      throw TargetFailure.ofTable(target, AsideSql.DOING, e);
    }
  }

  @Override
  protected void putBack(Aside made) {
    TargetTable target = prepared(made.table()).target();
    try {
      asideSql(made, target).putBack(statements);
    } catch (SQLException e) {
      throw TargetFailure.ofTable(target, "putting rows in at the end of a transaction, into", e);
    }
  }

  private AsideSql asideSql(Aside made, TargetTable target) {
    AsideSql known = asides.get(made);
    if (known == null || !known.isOf(target)) {
      known =
          new AsideSql(
              target,
              made.name(),
              TargetTable.columns(new MySqlQueries(connection()), target.id()));
      asides.put(made, known);
    }
    return known;
  }

  /** Where a row of the table is changed: it is taken out first, if its rows are set aside. */
  private Prepared placeOf(Prepared prepared, Optional<Row> found) throws SQLException {
    TargetTable target = prepared.target();
    Optional<Aside> made = aside(target.table().id());
    if (made.isEmpty()) {
      return prepared;
    }
    AsideSql asideSql = asideSql(made.get(), target);
    if (found.isPresent()) {
      asideSql.takeOut(statements, prepared.sql(), found.get());
    }
    return new Prepared(asideSql.aside(), new TableSql(asideSql.aside(), server.flavour()));
  }

  /** Wherever rows of the table are. */
  private List<Prepared> places(Prepared prepared) throws SQLException {
    Prepared place = placeOf(prepared, Optional.empty());
    return place == prepared ? List.of(prepared) : List.of(prepared, place);
  }

  @Override
  public void setSequences(List<SequenceValue> values) {
    for (SequenceValue value : values) {
      autoIncrements.raise(
          renaming.targetOf(value.sequence()),
          value.isCalled() ? value.lastValue() + 1 : value.lastValue());
    }
  }

  @Override
  public void settleSequences() {
    autoIncrements.settle();
  }

  @Override
  public void close() {
    try (autoIncrements) {
      super.close();
    }
  }

  /** One step on one row, whose failure can name the row. */
  private interface Step {
    void on(Prepared table) throws SQLException;
  }

  /**
   * @param row the one that a failure is about
   * @param found names the row that is there already, if there is to be one
   */
  private void singly(Table table, Row row, Optional<Row> found, Step step) {
    Prepared prepared = written(table);
    try {
      step.on(placeOf(prepared, found));
    } catch (SQLException e) {
      throw TargetFailure.ofRow(prepared.target(), row, e);
    }
  }

  private static void refuseWarning(TargetTable target, TargetStatements.Result result) {
    if (result.warning().isPresent()) {
      throw TargetFailure.warned(
          "applying changes to table " + target.id(), result.warning().get());
    }
  }

  /** Those of many that were there are changed now, so that only a single one can be named. */
  private static void requireFound(TargetTable target, String what, long done, int wanted) {
    if (done != wanted) {
      throw TargetFailure.missing(target, what, done, wanted, List.of());
    }
  }

  private static void requireOne(TargetTable target, String what, long done, Row row) {
    if (done != 1) {
      throw TargetFailure.missing(
          target, what, done, 1, target.keyFields().length == 0 ? List.of() : List.of(row));
    }
  }

  private static void requireInserted(TargetTable target, long done, int wanted) {
    if (done != wanted) {
      throw MissingRows.notTaken(target.id(), done, wanted);
    }
  }

  private Prepared written(Table table) {
    Prepared prepared = prepared(table);
    writes(prepared.target().id());
    return prepared;
  }

  private Prepared prepared(Table table) {
    Prepared known = tables.get(table.id());
    if (known != null
        && (known.target().table() == table || known.target().table().equals(table))) {
      return known;
    }
    TargetTable target =
        TargetTable.read(connection(), table, renaming.targetOf(table.id()), onBadValue);
    Prepared prepared = new Prepared(target, new TableSql(target, server.flavour()));
    tables.put(table.id(), prepared);
    return prepared;
  }
}
