package io.tidemark.database.mysql.write;

import io.tidemark.change.PortableRows;
import io.tidemark.change.Row;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.TargetWriter;
import io.tidemark.database.ValueRefusedException;
import io.tidemark.database.mysql.session.ByteText;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.Optional;

/**
 * Loads a chunk in pieces, all inside the caller's transaction: by LOAD DATA from memory where the
 * server allows it, else by inserts of many rows.
 *
 * <p>LOAD DATA LOCAL works as if IGNORE were given: a row with a key that is there is left out, and
 * a value that does not fit is cut to what does, with a warning (MySQL manual, 15.2.9). So each
 * piece must have loaded as many rows as it has, and must not have warned.
 */
final class MySqlChunkLoad implements TargetWriter.ChunkLoad {

  /** Many times what a round trip costs, and little beside what the server buffers. */
  private static final int PIECE = 4 << 20;

  private final TargetStatements statements;
  private final TargetServer server;
  private final TargetTable target;
  private final TableSql sql;
  private final TargetWriter.BadRows bad;
  private final PortableRows.Decoder decoder;
  private final ByteText piece = new ByteText();
  private int rows;
  private long loaded;

  private MySqlChunkLoad(
      TargetStatements statements,
      TargetServer server,
      TargetTable target,
      TableSql sql,
      TargetWriter.BadRows bad) {
    this.statements = statements;
    this.server = server;
    this.target = target;
    this.sql = sql;
    this.bad = bad;
    this.decoder = new PortableRows.Decoder(target.fields().size());
  }

  static MySqlChunkLoad begin(
      TargetStatements statements,
      TargetServer server,
      TargetTable target,
      TableSql sql,
      String format,
      TargetWriter.BadRows bad) {
    if (!format.equals(PortableRows.FORMAT)) {
      throw new DatabaseException(
          Kind.FATAL, "a MySQL target cannot load rows in the format " + format);
    }
    return new MySqlChunkLoad(statements, server, target, sql, bad);
  }

  @Override
  public void write(byte[] bytes, int length) {
    decoder.add(bytes, length);
    for (Optional<Row> row = decoder.next(); row.isPresent(); row = decoder.next()) {
      int before = piece.size();
      try {
        add(row.get());
      } catch (ValueRefusedException e) {
        piece.truncate(before);
        if (bad.take(row.get(), e)) {
          bad.write();
        }
      }
    }
  }

  private void add(Row row) {
    if (target.hasNoLabel(row)) {
      insertOne(row);
      return;
    }
    if (server.localInfile()) {
      sql.line(row, piece);
    } else {
      if (rows == 0) {
        sql.insert(false, piece);
      } else {
        piece.add(',');
      }
      sql.values(row, piece);
    }
    rows++;
    if (piece.size() >= (server.localInfile() ? PIECE : server.statementBytes())) {
      flush();
    }
  }

  @Override
  public long end() {
    decoder.finish();
    flush();
    bad.write();
    return loaded;
  }

  @Override
  public void abort() {
    piece.clear();
    rows = 0;
  }

  private void flush() {
    if (rows == 0) {
      return;
    }
    TargetStatements.Result result;
    try {
      result =
          server.localInfile()
              ? statements.load(sql.load(), piece)
              : statements.execute(target, piece);
    } catch (SQLException e) {
      throw TargetFailure.ofTable(target, "loading a chunk into", e);
    }
    if (result.warning().isPresent()) {
      throw warned(result.warning().get());
    }
    if (result.rows() != rows) {
      throw new DatabaseException(
          Kind.DATA,
          "loading a chunk into table "
              + target.id()
              + ": the target took "
              + result.rows()
              + " of "
              + rows
              + " rows; nothing of it was committed. A row with the same key was there, or two of"
              + " the source's rows have keys that this server takes for the same");
    }
    loaded += rows;
    rows = 0;
    piece.clear();
  }

  private void insertOne(Row row) {
    ByteText insert = new ByteText();
    sql.insert(true, insert);
    sql.values(row, insert);
    try {
      TargetStatements.Result result = statements.execute(target, insert);
      NoLabels.refuseOtherWarnings(target, row, result);
      loaded += result.rows();
    } catch (SQLException e) {
      throw TargetFailure.ofRow(target, row, e);
    }
  }

  private DatabaseException warned(SQLWarning warning) {
    String key =
        server.localInfile()
            ? TargetFailure.rowOf(warning).map(row -> ", key " + keyOfLine(row)).orElse("")
            : "";
    return TargetFailure.warned("loading a chunk into table " + target.id() + key, warning);
  }

  /** The key in a line of the piece, counted from 1, as it stands there. */
  private String keyOfLine(int wanted) {
    byte[] bytes = piece.array();
    int at = 0;
    for (int line = 1; line < wanted && at < piece.size(); line++) {
      while (bytes[at] != '\n') {
        at += bytes[at] == '\\' ? 2 : 1;
      }
      at++;
    }
    int end = at;
    while (end < piece.size() && bytes[end] != '\n') {
      end += bytes[end] == '\\' ? 2 : 1;
    }
    String[] fields = new String(bytes, at, end - at, StandardCharsets.UTF_8).split("\t", -1);
    StringBuilder key = new StringBuilder("(");
    for (int field : target.keyFields()) {
      key.append(key.length() == 1 ? "" : ", ").append(field < fields.length ? fields[field] : "?");
    }
    return key.append(')').toString();
  }
}
