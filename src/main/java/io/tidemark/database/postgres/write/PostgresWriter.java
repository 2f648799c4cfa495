package io.tidemark.database.postgres.write;

import io.tidemark.change.PortableRows;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.change.SequenceValue;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.ValueRefusedException;
import io.tidemark.database.jdbc.JdbcWriter;
import io.tidemark.database.postgres.catalog.PostgresTargetFacts;
import io.tidemark.database.postgres.session.CopyFormat;
import io.tidemark.database.postgres.session.PostgresErrors;
import io.tidemark.database.shared.MissingRows;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.BitSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Writes replicated data into PostgreSQL through one connection, in the role of a replica. */
public final class PostgresWriter extends JdbcWriter {

  /** Another vendor's automatic column goes by the name of its table. */
  private static final String SET_SEQUENCES =
      """
      WITH v AS (
        SELECT c.oid, c.relkind, u.last, u.called
        FROM unnest(?::text[], ?::text[], ?::bigint[], ?::boolean[])
          AS u (schema, name, last, called)
        JOIN pg_catalog.pg_namespace AS n ON n.nspname = u.schema
        JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = u.name)
      SELECT pg_catalog.setval(v.oid::pg_catalog.regclass, v.last, v.called)
      FROM v WHERE v.relkind = 'S'
      UNION ALL
      SELECT pg_catalog.setval(q.seqrelid::pg_catalog.regclass,
               least(greatest(v.last, q.seqmin), q.seqmax), v.called OR v.last > q.seqmax)
      FROM v JOIN pg_catalog.pg_depend AS d
        ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
           AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
           AND d.refobjid = v.oid AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
      JOIN pg_catalog.pg_sequence AS q ON q.seqrelid = d.objid
      WHERE v.relkind IN ('r', 'p')
      """;

  /** The schema of a session's temporary tables, by the name that it has in each. */
  private static final String TEMPORARY = "pg_temp.";

  private final Renaming renaming;
  private final OnBadValue onBadValue;
  private final TableStatements statements;
  private final SlicedStatements slices = new SlicedStatements();
  private final FailureDetail detail;
  private final Map<TableId, TargetTable> tables = new HashMap<>();

  /** Where their rows were last set aside: the same object again, by which statements are known. */
  private final Map<TargetTable, TargetTable> asides = new IdentityHashMap<>();

  /**
   * @param connection auto-commit off; closed with this writer
   * @param stream whose rows it writes
   * @param diagnosis opens a second such connection, to find out which column refused a value
   */
  public PostgresWriter(
      Connection connection,
      String stream,
      Renaming renaming,
      OnBadValue onBadValue,
      Supplier<Connection> diagnosis) {
    super(connection, new PostgresLedgerDialect(), new PostgresTargetFacts(), stream);
    this.renaming = renaming;
    this.onBadValue = onBadValue;
    this.statements = new TableStatements(connection);
    this.detail = new FailureDetail(diagnosis);
  }

  @Override
  public ChunkLoad beginChunk(Table table, String format, BadRows bad) {
    TargetTable target = target(table);
    return loading(
        target.id(),
        format.equals(PortableRows.FORMAT)
            ? new PortableChunkLoad(
                () -> PostgresChunkLoad.begin(connection(), target, CopyFormat.TEXT),
                new PortableValues(target, onBadValue),
                bad)
            : PostgresChunkLoad.begin(connection(), target, format));
  }

  @Override
  public Optional<ValueRefusedException> problem(Table table, Row row) {
    TargetTable target = target(table);
    return target.portable()
        ? new PortableValues(target, onBadValue).problem(row)
        : Optional.empty();
  }

  @Override
  public Optional<Row> stored(Table table, Row named, int[] fields) {
    TargetTable target = target(table);
    PortableValues values = new PortableValues(target, onBadValue);
    try {
      Optional<TargetTable> aside = aside(target);
      if (aside.isPresent()) {
        Row found = values.own(StoredFields.keyOf(target, named));
        statements.takeOut(target, aside.get(), found);
      }
      return new StoredFields(connection(), aside.orElse(target), values).read(named, fields);
    } catch (SQLException e) {
      throw detail.ofRow(target, named, e);
    }
  }

  @Override
  protected void applyTogether(RowBatch given) {
    TargetTable target = written(given.table());
    RowBatch batch = target.portable() ? new PortableValues(target, onBadValue).own(given) : given;
    try {
      int[] key = batch.table().keyIndexes();
      slices.each(batch.removals(), key, (rows, keys) -> statements.delete(target, keys));
      slices.each(batch.deletes(), key, (rows, keys) -> delete(target, rows, keys));
      for (Map.Entry<BitSet, List<Row>> group :
          Row.byPresentFieldsExcept(key, batch.updates()).entrySet()) {
        BitSet assigned = group.getKey();
        IntStream fields = IntStream.concat(IntStream.of(key), assigned.stream());
        slices.each(
            group.getValue(),
            fields.toArray(),
            (rows, values) -> update(target, rows, values, assigned));
      }
      slices.each(
          batch.inserts(),
          TableStatements.inserted(target),
          (rows, values) -> insert(target, values, rows.size()));
    } catch (SQLException e) {
      throw FailureDetail.ofSet(target, e);
    }
  }

  @Override
  public void applySingly(RowChange given) {
    RowChange change = own(given);
    if (change instanceof RowChange.Insert insert) {
      singly(
          insert.table(),
          insert.row(),
          Optional.empty(),
          target -> insertOne(target, insert.row()));
    } else if (change instanceof RowChange.Update update) {
      updateSingly(update);
    } else if (change instanceof RowChange.Delete delete) {
      deleteSingly(delete);
    } else if (change instanceof RowChange.Put put) {
      singly(
          put.table(),
          put.row(),
          Optional.of(put.row()),
          target -> {
            statements.delete(target, rows(put.row()));
            insertOne(target, put.row());
          });
    } else if (change instanceof RowChange.Remove remove) {
      singly(
          remove.table(),
          remove.before(),
          Optional.of(remove.before()),
          target -> statements.delete(target, rows(remove.before())));
    } else if (change instanceof RowChange.Truncate truncate) {
      truncate(truncate.tables());
    } else if (change instanceof RowChange.Clear clear) {
      clear(clear);
    }
    // A Reopen is noted in the ledger; nothing is written of its row.
  }

  private RowChange own(RowChange change) {
    if (change instanceof RowChange.Insert insert) {
      return own(insert.table(), change);
    }
    if (change instanceof RowChange.Update update) {
      return own(update.table(), change);
    }
    if (change instanceof RowChange.Delete delete) {
      return own(delete.table(), change);
    }
    if (change instanceof RowChange.Put put) {
      return own(put.table(), change);
    }
    if (change instanceof RowChange.Remove remove) {
      return own(remove.table(), change);
    }
    return change instanceof RowChange.Clear clear ? own(clear.table(), change) : change;
  }

  private RowChange own(Table table, RowChange change) {
    TargetTable target = target(table);
    return target.portable() ? new PortableValues(target, onBadValue).own(change) : change;
  }

  private void updateSingly(RowChange.Update update) {
    Row found = update.found();
    BitSet assigned = update.assigned();
    if (update.table().key().isEmpty()) {
      singly(
          update.table(),
          update.after(),
          Optional.of(found),
          target ->
              requireOne(
                  target,
                  statements.updateOne(
                      target, found, found.presentFields(), update.after(), assigned),
                  "update"));
      return;
    }
    singly(
        update.table(),
        update.after(),
        Optional.of(found),
        target -> {
          ParameterArrays keys = ParameterArrays.of(rows(found), update.table().keyIndexes());
          ParameterArrays values =
              ParameterArrays.of(rows(update.after()), assigned.stream().toArray());
          update(target, rows(found), keys.and(values), assigned);
        });
  }

  private void deleteSingly(RowChange.Delete delete) {
    Row before = delete.before();
    singly(
        delete.table(),
        before,
        Optional.of(before),
        target -> {
          if (delete.table().key().isPresent()) {
            List<Row> rows = rows(before);
            delete(target, rows, ParameterArrays.of(rows, delete.table().keyIndexes()));
          } else {
            requireOne(
                target, statements.deleteOne(target, before, before.presentFields()), "delete");
          }
        });
  }

  private void insertOne(TargetTable target, Row row) throws SQLException {
    insert(target, ParameterArrays.of(rows(row), TableStatements.inserted(target)), 1);
  }

  private void insert(TargetTable target, ParameterArrays values, int wanted) throws SQLException {
    int inserted = statements.insert(target, values);
    if (inserted != wanted) {
      throw new DatabaseException(
          DatabaseException.Kind.FATAL,
          "table "
              + target.id()
              + " at the target took "
              + inserted
              + " of "
              + wanted
              + " inserted rows. Nothing of it was committed. A rule or a trigger there that fires"
              + " for replicated rows would explain it; drop it, and start the job again");
    }
  }

  private void delete(TargetTable target, List<Row> rows, ParameterArrays keys)
      throws SQLException {
    int deleted = statements.delete(target, keys);
    if (deleted != rows.size()) {
      // Those that were there are gone now, so that only a single one can be named.
      throw FailureDetail.missing(
          target, "delete", deleted, rows.size(), rows.size() == 1 ? rows : List.of());
    }
  }

  private void update(
      TargetTable target, List<Row> found, ParameterArrays parameters, BitSet assigned)
      throws SQLException {
    int updated =
        assigned.isEmpty()
            ? found.size() - statements.missing(target, found).size()
            : statements.update(target, parameters, assigned);
    if (updated != found.size()) {
      throw FailureDetail.missing(
          target, "update", updated, found.size(), statements.missing(target, found));
    }
  }

  private static void requireOne(TargetTable target, int changed, String what) {
    if (changed != 1) {
      throw FailureDetail.missing(target, what, changed, 1, List.of());
    }
  }

  /**
   * All tables in one statement, as the source did it: then foreign keys between them do not
   * matter. One from a table outside forbids TRUNCATE whatever it holds, and only then every row is
   * deleted instead.
   */
  private void truncate(List<Table> emptied) {
    List<TargetTable> targets =
        emptied.stream()
            .map(this::target)
            .flatMap(target -> Stream.concat(Stream.of(target), aside(target).stream()))
            .toList();
    emptied.forEach(table -> empties(target(table).id()));
    String names = targets.stream().map(TargetTable::onlyName).collect(Collectors.joining(", "));
    try (Statement statement = connection().createStatement()) {
      java.sql.Savepoint before = connection().setSavepoint();
      try {
        statement.execute("TRUNCATE " + names);
        connection().releaseSavepoint(before);
      } catch (SQLException e) {
        if (!PostgresErrors.hasState(e, "0A000")) {
          throw e;
        }
        connection().rollback(before);
        for (TargetTable target : targets) {
          statement.execute("DELETE FROM " + target.onlyName());
        }
      }
    } catch (SQLException e) {
      throw PostgresErrors.classify("emptying " + names + " at the target", e);
    }
  }

  private void clear(RowChange.Clear clear) {
    TargetTable target = written(clear.table());
    try {
      statements.clear(target, clear.range(), clear.spared());
      Optional<TargetTable> aside = aside(target);
      if (aside.isPresent()) {
        statements.clear(aside.get(), clear.range(), clear.spared());
      }
    } catch (SQLException e) {
      throw PostgresErrors.classify("emptying a key range of " + target.id() + " at the target", e);
    }
  }

  @Override
  protected void makeAside(Aside made) {
    TargetTable target = target(made.table());
    TargetTable place = target.setAsideIn(TEMPORARY + made.name());
    ApplySql sql = new ApplySql(target);
    try (Statement statement = connection().createStatement()) {
      statement.execute(sql.makeAside(place));
      if (target.table().key().isPresent()) {
        statement.execute(sql.indexAside(place));
      }
    } catch (SQLException e) {
      throw PostgresErrors.classify(
          "setting rows of table "
              + target.id()
              + " aside until the end of a transaction, as a unique key of the target is in their way"
              + " (the role needs TEMPORARY on the database),",
          e);
    }
  }

  @Override
  protected void putBack(Aside made) {
    TargetTable target = target(made.table());
    TargetTable place = target.setAsideIn(TEMPORARY + made.name());
    try (Statement statement = connection().createStatement()) {
      long rows;
      try (ResultSet count = statement.executeQuery("SELECT count(*) FROM " + place.name())) {
        count.next();
        rows = count.getLong(1);
      }
      ApplySql sql = new ApplySql(target);
      long taken =
          statement.executeLargeUpdate(sql.putBack(place, true))
              + statement.executeLargeUpdate(sql.putBack(place, false));
      if (taken != rows) {
        throw MissingRows.notTaken(target.id(), taken, rows);
      }
    } catch (SQLException e) {
      throw FailureDetail.ofTable(
          target, "putting rows of table " + target.id() + " in at the end of a transaction", e);
    }
  }

  /** Where rows of the table are set aside, if they are. */
  private Optional<TargetTable> aside(TargetTable target) {
    Optional<Aside> made = aside(target.table().id());
    if (made.isEmpty()) {
      return Optional.empty();
    }
    String name = TEMPORARY + made.get().name();
    TargetTable known = asides.get(target);
    if (known == null || !known.name().equals(name)) {
      known = target.setAsideIn(name);
      asides.put(target, known);
    }
    return Optional.of(known);
  }

  @Override
  public void setSequences(List<SequenceValue> values) {
    if (values.isEmpty()) {
      return;
    }
    List<TableId> names = values.stream().map(v -> renaming.targetOf(v.sequence())).toList();
    try (PreparedStatement statement = connection().prepareStatement(SET_SEQUENCES)) {
      statement.setArray(1, textArray(names.stream().map(TableId::schema).toArray()));
      statement.setArray(2, textArray(names.stream().map(TableId::name).toArray()));
      statement.setArray(
          3,
          connection()
              .createArrayOf("int8", values.stream().map(SequenceValue::lastValue).toArray()));
      statement.setArray(
          4,
          connection()
              .createArrayOf("bool", values.stream().map(SequenceValue::isCalled).toArray()));
      statement.execute();
    } catch (SQLException e) {
      throw PostgresErrors.classify("setting the target's sequences", e);
    }
  }

  /** They are set when {@link #setSequences} returns. */
  @Override
  public void settleSequences() {}

  private java.sql.Array textArray(Object[] values) throws SQLException {
    return connection().createArrayOf("text", values);
  }

  @Override
  public void close() {
    slices.close();
    super.close();
  }

  /** One step on one row, whose failure can name the row. */
  private interface Step {
    void on(TargetTable target) throws SQLException;
  }

  /**
   * @param row the one that a failure is about
   * @param found names the row that is there already, if there is to be one
   */
  private void singly(Table table, Row row, Optional<Row> found, Step step) {
    TargetTable target = written(table);
    try {
      Optional<TargetTable> aside = aside(target);
      if (aside.isPresent() && found.isPresent()) {
        statements.takeOut(target, aside.get(), found.get());
      }
      step.on(aside.orElse(target));
    } catch (SQLException e) {
      throw detail.ofRow(target, row, e);
    }
  }

  private TargetTable written(Table table) {
    TargetTable target = target(table);
    writes(target.id());
    return target;
  }

  private TargetTable target(Table table) {
    TargetTable known = tables.get(table.id());
    if (known != null && (known.table() == table || known.table().equals(table))) {
      return known;
    }
    try {
      TargetTable read = TargetTable.read(connection(), table, renaming.targetOf(table.id()));
      TargetTable former = tables.put(table.id(), read);
      if (former != null) {
        asides.remove(former);
      }
      return read;
    } catch (SQLException e) {
      throw PostgresErrors.classify(
          "looking up table " + renaming.targetOf(table.id()) + " at the target", e);
    }
  }

  private static List<Row> rows(Row row) {
    return List.of(row);
  }
}
