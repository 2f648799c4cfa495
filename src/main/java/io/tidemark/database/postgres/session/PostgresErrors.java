package io.tidemark.database.postgres.session;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Set;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Classifies the driver's errors once, by SQLSTATE (PostgreSQL manual, appendix A).
 *
 * <p>The server's DETAIL may hold a whole row, so it is left out, except where it names nothing but
 * a key.
 */
public final class PostgresErrors {

  /** Unique and foreign key violations: their detail is {@code Key (id)=(5) already exists.} */
  private static final Set<String> DETAIL_IS_A_KEY = Set.of("23505", "23503");

  /**
   * {@code read_only_sql_transaction}: a standby says so too, which the server may be for a while
   * in a fail-over. Our sessions never ask for it of a server that takes writes.
   */
  private static final String TAKES_NO_WRITES = "25006";

  private static final Set<String> RETRYABLE_STATES =
      Set.of(
          TAKES_NO_WRITES,
          "40001", // serialization_failure
          "40003", // statement_completion_unknown
          "40P01", // deadlock_detected
          "55P03", // lock_not_available
          "55006", // object_in_use: the slot is still held by a session that is going away
          "57014", // query_canceled
          "57P01", // admin_shutdown, also pg_terminate_backend
          "57P02", // crash_shutdown
          "57P03", // cannot_connect_now
          "57P05", // idle_session_timeout
          "25P03", // idle_in_transaction_session_timeout
          "25P04", // transaction_timeout
          "58000", // system_error
          "58030"); // io_error

  /** {@code undefined_table, undefined_column, invalid_schema_name, undefined_object}. */
  private static final Set<String> NOT_THERE = Set.of("42P01", "42703", "3F000", "42704");

  /** {@code invalid_catalog_name}: catalogs are databases. */
  private static final String NO_DATABASE = "3D000";

  /** {@code duplicate_table} (an index, a view or a sequence too), {@code duplicate_object}. */
  private static final Set<String> TAKEN = Set.of("42P07", "42710");

  /** {@code generated_always}. */
  private static final String GENERATED = "428C9";

  /** A {@code check_violation}, too, but of no constraint (execPartition.c). */
  private static final String NO_PARTITION = "no partition of relation";

  private PostgresErrors() {}

  /**
   * @param what what failed, as the start of a sentence: {@code "reading table a.b of the source"}
   */
  public static DatabaseException classify(String what, SQLException error) {
    // Not as its cause: a person is shown the innermost one, which names no table.
    return OversizedMessage.in(error)
        .map(
            oversized ->
                new DatabaseException(
                    Kind.FATAL,
                    what + " failed: what the server sent is too large: " + oversized.getMessage()))
        .orElseGet(() -> new DatabaseException(kind(error), describe(what, error), error));
  }

  /** What can be done about it. */
  public static Kind kind(SQLException error) {
    if (OversizedMessage.in(error).isPresent()) {
      return Kind.FATAL;
    }
    String state = error.getSQLState();
    if (state == null || state.length() != 5) {
      return error.getCause() instanceof IOException ? Kind.RETRYABLE : Kind.FATAL;
    }
    if (RETRYABLE_STATES.contains(state) || state.startsWith("08") || state.startsWith("53")) {
      return Kind.RETRYABLE;
    }
    boolean data =
        state.startsWith("22")
            || state.startsWith("23")
            || state.startsWith("21")
            || state.startsWith("44")
            || state.startsWith("54");
    return data ? Kind.DATA : Kind.FATAL;
  }

  /** Whether the error has this SQLSTATE. */
  public static boolean hasState(SQLException error, String state) {
    return state.equals(error.getSQLState());
  }

  /** Whether it was refused because its transaction may change nothing. */
  public static boolean isReadOnly(DatabaseException failure) {
    return failure.getCause() instanceof SQLException error && hasState(error, "25006");
  }

  /** What failed and what the server said, with the object it named; without row contents. */
  public static String describe(String what, SQLException error) {
    StringBuilder text = new StringBuilder(what).append(" failed: ");
    ServerErrorMessage server =
        error instanceof PSQLException driver ? driver.getServerErrorMessage() : null;
    text.append(
        server == null || server.getMessage() == null ? error.getMessage() : server.getMessage());
    if (error.getSQLState() != null) {
      text.append(" (SQLSTATE ").append(error.getSQLState()).append(')');
    }
    if (server != null) {
      append(text, "table", qualified(server.getSchema(), server.getTable()));
      append(text, "column", server.getColumn());
      append(text, "constraint", server.getConstraint());
      if (DETAIL_IS_A_KEY.contains(String.valueOf(error.getSQLState()))) {
        append(text, "detail", server.getDetail());
      }
      append(text, "hint", server.getHint());
    }
    if (hasState(error, TAKES_NO_WRITES)) {
      text.append(DatabaseException.NO_WRITES);
    } else if (NOT_THERE.contains(String.valueOf(error.getSQLState()))) {
      text.append(DatabaseException.NOT_THERE);
    } else if (hasState(error, NO_DATABASE)) {
      text.append(DatabaseException.NO_DATABASE);
    } else if (TAKEN.contains(String.valueOf(error.getSQLState()))) {
      text.append(DatabaseException.TAKEN);
    } else if (hasState(error, GENERATED)) {
      text.append(DatabaseException.GENERATED);
    } else if (hasState(error, "23514") && text.indexOf(NO_PARTITION) >= 0) {
      text.append(DatabaseException.NO_PARTITION);
    } else if (kind(error) == Kind.FATAL) {
      text.append(DatabaseException.SAYS_SO);
    }
    return text.toString();
  }

  private static String qualified(String schema, String table) {
    return schema == null || table == null ? table : schema + "." + table;
  }

  private static void append(StringBuilder text, String label, String value) {
    if (value != null && !value.isEmpty()) {
      text.append(String.format(Locale.ROOT, "; %s: %s", label, value));
    }
  }
}
