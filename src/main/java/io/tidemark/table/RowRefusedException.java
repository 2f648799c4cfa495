package io.tidemark.table;

import io.tidemark.schema.Table;
import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;

/** What was read is not what the table was declared to hold; a restart would meet it again. */
@ThrowableAnnotation(ThrowableType.NonRecoverableError)
public final class RowRefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message says where, why and what to do, and nothing of what is in the row
   */
  public RowRefusedException(String message) {
    super(message);
  }

  /** What comes where the log has no whole rows. */
  public static RowRefusedException unexpected(Table table, String what) {
    return new RowRefusedException(
        "table "
            + table.id()
            + " has "
            + what
            + ": the log must have whole rows, as it has with REPLICA IDENTITY FULL (PostgreSQL)"
            + " or binlog_row_image = FULL (MySQL, MariaDB)");
  }
}
