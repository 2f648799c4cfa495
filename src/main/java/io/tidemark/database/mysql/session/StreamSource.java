package io.tidemark.database.mysql.session;

import io.tidemark.schema.TableId;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import io.tidemark.settings.StreamNames;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A MySQL or MariaDB server as one stream's source: where it is, what is selected there, and what
 * the stream's sessions are called. Immutable; holds no connection.
 *
 * @param stream names the sessions: 1 to 40 of {@code [a-z0-9_]}
 */
public record StreamSource(
    ConnectionSpec connection, String stream, Selection selection, SourceSettings settings)
    implements Serializable {

  private static final long serialVersionUID = 1L;

  /** What a session is for. */
  public enum Role {
    /** Looking over and describing, beside any stream. */
    CHECK,
    /** The coordinator's questions. */
    CONTROL,
    /** A consistent read. */
    SNAPSHOT,
    /** Keeping tables still while a snapshot is taken. */
    LOCK,
    /** The log and, before it is opened, what its reader has to know of tables. */
    LOG,
    /** The log reader's short questions. */
    LOOKUP;

    /** As it stands in the names of sessions and of locks. */
    public String print() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * @throws IllegalArgumentException if {@code stream} is no name of a stream
   */
  public StreamSource {
    StreamNames.require(stream);
  }

  /** The same with these tables only. */
  public StreamSource narrowedTo(Set<TableId> tables) {
    return new StreamSource(connection, stream, selection.narrowedTo(tables), settings);
  }

  /** The same with these columns of tables whose columns the job does not name. */
  public StreamSource keeping(Map<TableId, List<String>> columns) {
    return new StreamSource(connection, stream, selection.keeping(columns), settings);
  }

  /**
   * Opens a session that asks, under a name that the server shows as the session's program, where
   * it shows it. The caller closes it.
   */
  public MySqlQueries open(long epoch, Role role) {
    return new MySqlQueries(
        MySqlSessions.open(connection, StreamNames.session(stream, epoch, role.print())));
  }

  /** The same, for statements that may take hours without a word from the server. */
  public MySqlQueries openPatient(long epoch, Role role) {
    return new MySqlQueries(
        MySqlSessions.openPatient(connection, StreamNames.session(stream, epoch, role.print())));
  }
}
