package io.tidemark.database.mysql.session;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Classifies the driver's errors once, by the server's number and by SQLSTATE (MySQL 9 Error
 * Message Reference; MariaDB documentation, "MariaDB Error Codes").
 *
 * <p>Some messages quote the value that was refused, which may be part of a row: it is left out.
 */
public final class MySqlErrors {

  /**
   * {@code ER_TABLE_DEF_CHANGED}: a table was altered after the transaction's snapshot was taken.
   */
  public static final int TABLE_DEFINITION_CHANGED = 1412;

  /** {@code ER_LOCK_WAIT_TIMEOUT}: a lock did not come in time. */
  public static final int LOCK_WAIT_TIMEOUT = 1205;

  static final int DEADLOCK = 1213;

  /** {@code ER_NO_SUCH_TABLE}. */
  public static final int NO_SUCH_TABLE = 1146;

  /** {@code ER_BAD_DB_ERROR}. */
  public static final int UNKNOWN_DATABASE = 1049;

  /** {@code ER_BAD_FIELD_ERROR}. */
  public static final int UNKNOWN_COLUMN = 1054;

  /**
   * {@code ER_KEY_DOES_NOT_EXITS}, as MySQL spells it: an index that a statement names is not
   * there.
   */
  public static final int UNKNOWN_KEY = 1176;

  /** {@code ER_WARN_I_S_SKIPPED_TABLE}: the catalog passes over what is just being changed. */
  static final int PASSED_OVER = 1684;

  /** {@code ER_DUP_KEYNAME}: there is an index of that name. */
  public static final int DUPLICATE_KEY_NAME = 1061;

  /** {@code ER_DUP_ENTRY}: a unique key has the values already. */
  public static final int DUPLICATE_KEY = 1062;

  /**
   * {@code ER_DUP_UNKNOWN_IN_INDEX}: met when an index that is built takes the writes it missed.
   */
  public static final int DUPLICATE_KEY_OF_A_WRITE = 1859;

  /** MariaDB's {@code ER_STATEMENT_TIMEOUT}, also of a lock with {@code WAIT}. */
  static final int STATEMENT_TIMEOUT = 1969;

  /**
   * {@code ER_OPTION_PREVENTS_STATEMENT}: many options do; {@code read_only} and {@code
   * super_read_only} are what a fail-over sets. Options have one name in every language.
   */
  private static final int OPTION_PREVENTS = 1290;

  private static final Pattern READ_ONLY = Pattern.compile("read[-_]only");

  /** {@code ER_ERROR_DURING_COMMIT}, {@code ER_READ_ONLY_MODE}. */
  private static final Set<Integer> READ_ONLY_ERRORS = Set.of(1180, 1836);

  private static final Set<Integer> RETRYABLE_ERRORS =
      Set.of(
          1021, // ER_DISK_FULL: the server waits and tries again, and so can we
          1037, // ER_OUTOFMEMORY
          1040, // ER_CON_COUNT_ERROR
          1041, // ER_OUT_OF_RESOURCES
          1053, // ER_SERVER_SHUTDOWN
          1094, // ER_NO_SUCH_THREAD
          1158, // ER_NET_READ_ERROR
          1159, // ER_NET_READ_INTERRUPTED
          1160, // ER_NET_ERROR_ON_WRITE
          1161, // ER_NET_WRITE_INTERRUPTED
          1203, // ER_TOO_MANY_USER_CONNECTIONS
          LOCK_WAIT_TIMEOUT,
          DEADLOCK,
          1226, // ER_USER_LIMIT_REACHED
          1317, // ER_QUERY_INTERRUPTED, also KILL QUERY
          TABLE_DEFINITION_CHANGED,
          1637, // ER_TOO_MANY_CONCURRENT_TRXS
          PASSED_OVER,
          1927, // MariaDB: ER_CONNECTION_KILLED
          STATEMENT_TIMEOUT,
          3024, // ER_QUERY_TIMEOUT
          3058, // ER_USER_LOCK_DEADLOCK
          3169, // ER_SESSION_WAS_KILLED
          3572, // ER_LOCK_NOWAIT
          4031); // ER_CLIENT_INTERACTION_TIMEOUT

  private static final Set<Integer> DATA_ERRORS =
      Set.of(
          1265, // WARN_DATA_TRUNCATED, an error in strict mode
          1264, // ER_WARN_DATA_OUT_OF_RANGE
          1292, // ER_TRUNCATED_WRONG_VALUE
          1364, // ER_NO_DEFAULT_FOR_FIELD
          1366, // ER_TRUNCATED_WRONG_VALUE_FOR_FIELD
          1406, // ER_DATA_TOO_LONG
          1411, // ER_WRONG_VALUE_FOR_TYPE
          1416, // ER_CANT_CREATE_GEOMETRY_OBJECT
          1690, // ER_DATA_OUT_OF_RANGE
          3140, // ER_INVALID_JSON_TEXT
          3819, // ER_CHECK_CONSTRAINT_VIOLATED
          4025); // MariaDB: ER_CONSTRAINT_FAILED

  private static final Set<Integer> ACCESS_DENIED =
      Set.of(
          1044, // ER_DBACCESS_DENIED_ERROR
          1142, // ER_TABLEACCESS_DENIED_ERROR
          1143, // ER_COLUMNACCESS_DENIED_ERROR
          1227); // ER_SPECIFIC_ACCESS_DENIED_ERROR

  /** What these quote is the value: {@code Incorrect integer value: 'x' for column 'a'}. */
  private static final Set<Integer> QUOTES_A_VALUE = Set.of(1265, 1292, 1366, 1411, 1690, 3140);

  private static final Pattern QUOTED_VALUE =
      Pattern.compile("(?i)(value:? |text: )(['\"]).*\\2", Pattern.DOTALL);

  private static final Pattern QUOTED_ENTRY =
      Pattern.compile("(Duplicate entry )'.*'( for key)", Pattern.DOTALL);

  /** {@code ER_NO_SUCH_TABLE, ER_BAD_FIELD_ERROR}. */
  private static final Set<Integer> NOT_THERE = Set.of(NO_SUCH_TABLE, UNKNOWN_COLUMN);

  /**
   * {@code ER_TABLE_EXISTS_ERROR, ER_DUP_KEYNAME, ER_FK_DUP_NAME, ER_CHECK_CONSTRAINT_DUP_NAME}.
   */
  private static final Set<Integer> TAKEN = Set.of(1050, DUPLICATE_KEY_NAME, 1826, 3822);

  /** {@code ER_NON_DEFAULT_VALUE_FOR_GENERATED_COLUMN}, of MySQL and of MariaDB. */
  private static final Set<Integer> GENERATED = Set.of(3105, 1906);

  /** {@code ER_NO_PARTITION_FOR_GIVEN_VALUE}. */
  private static final int NO_PARTITION = 1526;

  private MySqlErrors() {}

  /**
   * An error about a value is no cause of what is thrown, as it may quote the value; its numbers
   * are.
   *
   * @param what what failed, as the start of a sentence: {@code "reading table a.b of the source"}
   */
  public static DatabaseException classify(String what, SQLException error) {
    Kind kind = kind(error);
    return new DatabaseException(
        kind, describe(what, error), kind == Kind.DATA ? hidden(error) : error);
  }

  /** The error without what the server said. */
  public static SQLException hidden(SQLException error) {
    return new SQLException(
        "the server's message may quote the value", error.getSQLState(), error.getErrorCode());
  }

  /** What can be done about it. */
  public static Kind kind(SQLException error) {
    int number = error.getErrorCode();
    String state = error.getSQLState() == null ? "" : error.getSQLState();
    if (RETRYABLE_ERRORS.contains(number)
        || takesNoWrites(error)
        || state.startsWith("08")
        || state.startsWith("40")
        || (state.isEmpty() && error.getCause() instanceof IOException)) {
      return Kind.RETRYABLE;
    }
    boolean data = DATA_ERRORS.contains(number) || state.startsWith("22") || state.startsWith("23");
    return data ? Kind.DATA : Kind.FATAL;
  }

  /** Whether the server takes no writes, as for a while in a fail-over. */
  private static boolean takesNoWrites(SQLException error) {
    return READ_ONLY_ERRORS.contains(error.getErrorCode())
        || (error.getErrorCode() == OPTION_PREVENTS
            && error.getMessage() != null
            && READ_ONLY.matcher(error.getMessage()).find());
  }

  /** Whether it is the server's error of this number. */
  public static boolean is(DatabaseException failure, int number) {
    return failure.getCause() instanceof SQLException error && error.getErrorCode() == number;
  }

  /** Whether the account lacks a privilege for a statement. */
  public static boolean isAccessDenied(DatabaseException failure) {
    return failure.getCause() instanceof SQLException error
        && ACCESS_DENIED.contains(error.getErrorCode());
  }

  /** What failed and what the server said, without row contents. */
  public static String describe(String what, SQLException error) {
    String said = error.getMessage() == null ? error.getClass().getName() : error.getMessage();
    if (QUOTES_A_VALUE.contains(error.getErrorCode())) {
      said = QUOTED_VALUE.matcher(said).replaceAll("$1…");
    }
    if (error.getErrorCode() == DUPLICATE_KEY) {
      said = QUOTED_ENTRY.matcher(said).replaceAll("$1…$2");
    }
    StringBuilder text = new StringBuilder(what).append(" failed: ").append(said);
    if (error.getErrorCode() != 0) {
      text.append(" (error ").append(error.getErrorCode());
      text.append(", SQLSTATE ").append(error.getSQLState()).append(')');
    }
    if (takesNoWrites(error)) {
      text.append(DatabaseException.NO_WRITES);
    } else if (NOT_THERE.contains(error.getErrorCode())) {
      text.append(DatabaseException.NOT_THERE);
    } else if (error.getErrorCode() == UNKNOWN_DATABASE) {
      text.append(DatabaseException.NO_DATABASE);
    } else if (TAKEN.contains(error.getErrorCode())) {
      text.append(DatabaseException.TAKEN);
    } else if (GENERATED.contains(error.getErrorCode())) {
      text.append(DatabaseException.GENERATED);
    } else if (error.getErrorCode() == NO_PARTITION) {
      text.append(DatabaseException.NO_PARTITION);
    } else if (kind(error) == Kind.FATAL) {
      text.append(DatabaseException.SAYS_SO);
    }
    return text.toString();
  }
}
