package io.tidemark.database.postgres;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.postgresql.PGStatement;

/**
 * Runs {@link ApplySql} through prepared statements: as many as are in use, up to a bound, so that
 * a busy table is planned once. Gives the number of rows that changed.
 */
final class TableStatements {

  /** A plan of a thousand columns takes a megabyte or so in the server. */
  private static final int MAX_OPEN = 100;

  private enum Kind {
    INSERT,
    DELETE,
    UPDATE,
    REPLACE,
    MISSING,
    DELETE_ONE,
    UPDATE_ONE
  }

  /** Tables are told apart by identity: a table that was altered is another one. */
  private record Shape(Kind kind, TargetTable table, BitSet fields, BitSet known) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Shape shape
          && kind == shape.kind
          && table == shape.table
          && fields.equals(shape.fields)
          && known.equals(shape.known);
    }

    @Override
    public int hashCode() {
      return (kind.hashCode() * 31 + System.identityHashCode(table)) * 31 + fields.hashCode();
    }
  }

  private static final BitSet NONE = new BitSet();

  private final Connection connection;
  private final Map<Shape, PreparedStatement> open = new LinkedHashMap<>(16, 0.75f, true);

  TableStatements(Connection connection) {
    this.connection = connection;
  }

  int insert(TargetTable target, List<Row> rows) throws SQLException {
    PreparedStatement statement = prepare(Kind.INSERT, target, NONE, NONE, ApplySql::insert);
    int size = target.columns().size();
    bind(statement, 1, rows, IntStream.range(0, size).toArray());
    return run(statement);
  }

  int delete(TargetTable target, List<Row> rows) throws SQLException {
    PreparedStatement statement = prepare(Kind.DELETE, target, NONE, NONE, ApplySql::delete);
    bind(statement, 1, rows, target.table().keyIndexes());
    return run(statement);
  }

  /**
   * @param found rows with the keys under which the rows are at the target
   * @param rows their new values, in the same order
   */
  int update(TargetTable target, List<Row> found, List<Row> rows, BitSet assigned)
      throws SQLException {
    boolean replaces =
        assigned.stream().anyMatch(field -> target.columns().get(field).alwaysIdentity());
    PreparedStatement statement =
        replaces
            ? prepare(Kind.REPLACE, target, assigned, NONE, sql -> sql.replace(assigned))
            : prepare(Kind.UPDATE, target, assigned, NONE, sql -> sql.update(assigned));
    int next = bind(statement, 1, found, target.table().keyIndexes());
    bind(statement, next, rows, assigned.stream().toArray());
    return run(statement);
  }

  /** Those of {@code rows} whose key has no row. */
  List<Row> missing(TargetTable target, List<Row> rows) throws SQLException {
    PreparedStatement statement = prepare(Kind.MISSING, target, NONE, NONE, ApplySql::missing);
    bind(statement, 1, rows, target.table().keyIndexes());
    List<Row> missing = new ArrayList<>();
    try (ResultSet numbers = statement.executeQuery()) {
      while (numbers.next()) {
        missing.add(rows.get(Math.toIntExact(numbers.getLong(1) - 1)));
      }
    } finally {
      statement.clearParameters();
    }
    return missing;
  }

  int deleteOne(TargetTable target, Row before, BitSet known) throws SQLException {
    PreparedStatement statement =
        prepare(Kind.DELETE_ONE, target, NONE, known, sql -> sql.deleteOne(known));
    bind(statement, 1, List.of(before), known.stream().toArray());
    return run(statement);
  }

  int updateOne(TargetTable target, Row before, BitSet known, Row after, BitSet assigned)
      throws SQLException {
    PreparedStatement statement =
        prepare(Kind.UPDATE_ONE, target, assigned, known, sql -> sql.updateOne(known, assigned));
    int next = bind(statement, 1, List.of(after), assigned.stream().toArray());
    bind(statement, next, List.of(before), known.stream().toArray());
    return run(statement);
  }

  void clear(TargetTable target, KeyRange range, List<Key> spared) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(new ApplySql(target).clear(range, spared.size()))) {
      List<String> bounds = ApplySql.bounds(range, spared);
      for (int i = 0; i < bounds.size(); i++) {
        statement.setString(i + 1, bounds.get(i));
      }
      statement.executeUpdate();
    }
  }

  private PreparedStatement prepare(
      Kind kind, TargetTable target, BitSet fields, BitSet known, Function<ApplySql, String> sql)
      throws SQLException {
    Shape shape = new Shape(kind, target, fields, known);
    PreparedStatement statement = open.get(shape);
    if (statement == null) {
      makeRoom();
      statement = connection.prepareStatement(sql.apply(new ApplySql(target)));
      // Planned at the server once, with the first execution.
      statement.unwrap(PGStatement.class).setPrepareThreshold(1);
      open.put(shape, statement);
    }
    return statement;
  }

  private void makeRoom() throws SQLException {
    Iterator<PreparedStatement> eldest = open.values().iterator();
    while (open.size() >= MAX_OPEN) {
      PreparedStatement statement = eldest.next();
      eldest.remove();
      statement.close();
    }
  }

  private static int bind(PreparedStatement statement, int first, List<Row> rows, int[] fields)
      throws SQLException {
    int next = first;
    for (int field : fields) {
      statement.setObject(next++, new TextArray(rows, field));
    }
    return next;
  }

  /** Runs it, and lets go of the parameters: they may be as large as the largest row. */
  private static int run(PreparedStatement statement) throws SQLException {
    try {
      return statement.executeUpdate();
    } finally {
      statement.clearParameters();
    }
  }
}
