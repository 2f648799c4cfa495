package io.tidemark.database.postgres.write;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
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
    UPDATE_ONE,
    TAKE_OUT
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

  static int[] inserted(TargetTable target) {
    return IntStream.range(0, target.columns().size()).toArray();
  }

  int insert(TargetTable target, List<Row> rows) throws SQLException {
    return insert(target, ParameterArrays.of(rows, inserted(target)));
  }

  /**
   * @param parameters the fields {@link #inserted}
   */
  int insert(TargetTable target, ParameterArrays parameters) throws SQLException {
    return run(prepare(Kind.INSERT, target, NONE, NONE, ApplySql::insert), parameters);
  }

  int delete(TargetTable target, List<Row> rows) throws SQLException {
    return delete(target, ParameterArrays.of(rows, target.table().keyIndexes()));
  }

  /**
   * @param parameters the key's fields
   */
  int delete(TargetTable target, ParameterArrays parameters) throws SQLException {
    return run(prepare(Kind.DELETE, target, NONE, NONE, ApplySql::delete), parameters);
  }

  /**
   * @param parameters the fields of the key under which the rows are at the target, then those that
   *     are assigned
   */
  int update(TargetTable target, ParameterArrays parameters, BitSet assigned) throws SQLException {
    boolean replaces =
        assigned.stream().anyMatch(field -> target.columns().get(field).alwaysIdentity());
    return run(
        replaces
            ? prepare(Kind.REPLACE, target, assigned, NONE, sql -> sql.replace(assigned))
            : prepare(Kind.UPDATE, target, assigned, NONE, sql -> sql.update(assigned)),
        parameters);
  }

  /** Those of {@code rows} whose key has no row. */
  List<Row> missing(TargetTable target, List<Row> rows) throws SQLException {
    PreparedStatement statement = prepare(Kind.MISSING, target, NONE, NONE, ApplySql::missing);
    ParameterArrays.of(rows, target.table().keyIndexes()).bind(statement);
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
    return run(
        prepare(Kind.DELETE_ONE, target, NONE, known, sql -> sql.deleteOne(known)),
        ParameterArrays.of(List.of(before), known.stream().toArray()));
  }

  /**
   * Moves the row that {@code found} names from {@code target} to {@code aside}, if it is there.
   */
  void takeOut(TargetTable target, TargetTable aside, Row found) throws SQLException {
    int[] key = target.table().keyIndexes();
    BitSet known = key.length > 0 ? NONE : found.presentFields();
    run(
        prepare(
            Kind.TAKE_OUT,
            aside,
            NONE,
            known,
            unused -> new ApplySql(target).takeOut(aside, known)),
        ParameterArrays.of(List.of(found), key.length > 0 ? key : known.stream().toArray()));
  }

  int updateOne(TargetTable target, Row before, BitSet known, Row after, BitSet assigned)
      throws SQLException {
    ParameterArrays values = ParameterArrays.of(List.of(after), assigned.stream().toArray());
    return run(
        prepare(Kind.UPDATE_ONE, target, assigned, known, sql -> sql.updateOne(known, assigned)),
        values.and(ParameterArrays.of(List.of(before), known.stream().toArray())));
  }

  /**
   * With very many spared keys every row would be compared with each of them, as the session joins
   * by indexes only, which arrays have not.
   */
  void clear(TargetTable target, KeyRange range, List<Key> spared) throws SQLException {
    setting("SET LOCAL enable_hashjoin = on");
    clearRange(target, range, spared);
    setting("SET LOCAL enable_hashjoin = off");
  }

  private void setting(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void clearRange(TargetTable target, KeyRange range, List<Key> spared)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(new ApplySql(target).clear(range, !spared.isEmpty()))) {
      List<String> bounds = ApplySql.bounds(range);
      for (int i = 0; i < bounds.size(); i++) {
        statement.setString(i + 1, bounds.get(i));
      }
      for (int i = 0; !spared.isEmpty() && i < target.table().keyIndexes().length; i++) {
        int column = i;
        String[] values =
            spared.stream().map(key -> key.values().get(column)).toArray(String[]::new);
        statement.setArray(bounds.size() + i + 1, connection.createArrayOf("text", values));
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

  /** Runs it, and lets go of the parameters: they may be as large as the largest row. */
  private static int run(PreparedStatement statement, ParameterArrays parameters)
      throws SQLException {
    try {
      parameters.bind(statement);
      return statement.executeUpdate();
    } finally {
      statement.clearParameters();
    }
  }
}
