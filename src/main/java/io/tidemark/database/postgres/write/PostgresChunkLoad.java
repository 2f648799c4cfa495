package io.tidemark.database.postgres.write;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.TargetWriter;
import io.tidemark.database.postgres.session.CopyFormat;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/** A COPY into a table that passes the source's bytes on as they are. */
final class PostgresChunkLoad implements TargetWriter.ChunkLoad {

  private final TargetTable target;
  private final CopyIn copy;

  private PostgresChunkLoad(TargetTable target, CopyIn copy) {
    this.target = target;
    this.copy = copy;
  }

  /**
   * @param format {@code postgres/copy-binary} or {@code postgres/copy-text}
   */
  static PostgresChunkLoad begin(Connection connection, TargetTable target, String format) {
    String name =
        switch (format) {
          case CopyFormat.BINARY -> "binary";
          case CopyFormat.TEXT -> "text";
          default ->
              throw new DatabaseException(
                  DatabaseException.Kind.FATAL,
                  "a PostgreSQL target cannot load rows in the format " + format);
        };
    try {
      return new PostgresChunkLoad(
          target,
          connection
              .unwrap(PGConnection.class)
              .getCopyAPI()
              .copyIn(new ApplySql(target).copy(name)));
    } catch (SQLException e) {
      throw FailureDetail.ofTable(target, "starting to load table " + target.id(), e);
    }
  }

  @Override
  public void write(byte[] bytes, int length) {
    try {
      copy.writeToCopy(bytes, 0, length);
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  @Override
  public long end() {
    try {
      return copy.endCopy();
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  @Override
  public void abort() {
    if (!copy.isActive()) {
      return;
    }
    try {
      copy.cancelCopy();
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  private DatabaseException failure(SQLException e) {
    return FailureDetail.ofTable(target, "loading a chunk into table " + target.id(), e);
  }
}
