package io.tidemark.database.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Rows on their way into a staging table. Used by one thread at a time. */
public interface StageLoad {

  /**
   * Keeps a row until the next {@link #send}.
   *
   * @param sequence of the row among those of its staging table
   * @param values text, {@code byte[]}, {@link Boolean} or null
   */
  void add(long sequence, boolean deleted, @Nullable Object[] values);

  /** About how many bytes are kept. */
  long bytes();

  /** How many rows are kept. */
  int rows();

  /** Writes what is kept, and keeps it on. */
  void send(Connection connection, String stage) throws SQLException;

  /** Forgets what is kept. */
  void clear();
}
