package io.tidemark.database.mysql.log;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.database.mysql.position.GtidSet;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.StreamSource;
import io.tidemark.database.mysql.session.StreamSource.Role;
import io.tidemark.database.mysql.wire.BinlogServerException;
import java.io.IOException;
import java.util.Locale;

/** Says what it means that the log cannot be read behind a position. */
final class LogFailure {

  /** {@code ER_SOURCE_FATAL_ERROR_READING_BINLOG}. */
  private static final int CANNOT_SEND_LOG = 1236;

  private static final int ACCESS_DENIED = 1045;
  private static final int PRIVILEGE_MISSING = 1227;
  private static final int DATABASE_DENIED = 1044;

  private final StreamSource source;
  private final long epoch;
  private final BinlogPosition from;

  LogFailure(StreamSource source, long epoch, BinlogPosition from) {
    this.source = source;
    this.epoch = epoch;
    this.from = from;
  }

  DatabaseException classify(IOException cause) {
    String what = "reading the source's log after " + from.print() + " failed: ";
    if (!(cause instanceof BinlogServerException refused)) {
      return new DatabaseException(Kind.RETRYABLE, what + cause.getMessage(), cause);
    }
    String said = String.valueOf(refused.getMessage());
    return switch (refused.code()) {
      case CANNOT_SEND_LOG ->
          isCollision(said)
              ? new DatabaseException(Kind.RETRYABLE, what + said, cause)
              : new DatabaseException(Kind.FATAL, what + said + missing(), cause);
      case ACCESS_DENIED, PRIVILEGE_MISSING, DATABASE_DENIED ->
          new DatabaseException(
              Kind.FATAL,
              what + said + ". The account needs REPLICATION SLAVE and REPLICATION CLIENT",
              cause);
      default -> new DatabaseException(Kind.RETRYABLE, what + said, cause);
    };
  }

  /** Another replica took the id that was chosen at random; the next attempt chooses another. */
  private static boolean isCollision(String said) {
    String lower = said.toLowerCase(Locale.ROOT);
    return lower.contains("same server_uuid/server_id") || lower.contains("same server_id");
  }

  private String missing() {
    String advice =
        " Changes of that time are lost to this stream: drop it with ./tidemark drop and copy again,"
            + " with binlog_expire_logs_seconds at the source longer than the job may stand still";
    try (MySqlQueries queries = source.open(epoch, Role.LOG)) {
      if (from.executed() instanceof GtidSet executed) {
        GtidSet purged =
            GtidSet.parse(
                queries.one(
                    "asking what was purged",
                    "SELECT @@global.gtid_purged",
                    row -> row.getString(1)));
        GtidSet gone = purged.subtract(executed);
        return gone.isEmpty()
            ? "." + advice
            : ". The source has purged transactions " + gone.print() + " from its log." + advice;
      }
      String first =
          queries
              .first("asking for the log's files", "SHOW BINARY LOGS", row -> row.getString(1))
              .orElse("none");
      return ". The first file of the log is " + first + "." + advice;
    } catch (DatabaseException e) {
      // What the server has said above is the cause; this would only have made it plainer.
      return "." + advice;
    }
  }
}
