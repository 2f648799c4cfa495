package io.tidemark.database.postgres.session;

import io.tidemark.schema.TableId;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import io.tidemark.settings.StreamNames;
import java.io.Serializable;
import java.sql.Connection;
import java.util.Locale;
import java.util.Set;

/**
 * A PostgreSQL database as one stream's source: where it is, what is selected there, and what the
 * stream's sessions, slot and publication are called. Immutable; holds no connection.
 *
 * @param stream names the publication, the slot and the sessions: 1 to 40 of {@code [a-z0-9_]}
 */
public record StreamSource(
    ConnectionSpec connection, String stream, Selection selection, SourceSettings settings)
    implements Serializable {

  private static final long serialVersionUID = 1L;

  /** What a session is for, as the last part of its application name. */
  public enum Role {
    /** The coordinator's questions, and the making of slot and publication. */
    CONTROL,
    /** A consistent read. */
    SNAPSHOT,
    /** The log and, before it is opened, what its reader has to know of tables and slot. */
    LOG,
    /** The log reader's short questions. */
    LOOKUP
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

  /** The name of the stream's replication slot. */
  public String slotName() {
    return "tidemark_" + stream;
  }

  /** Whether somebody else makes and keeps the stream's publication. */
  public boolean isPublicationGiven() {
    return !settings.publication().isEmpty();
  }

  /** The name of the stream's publication. */
  public String publicationName() {
    return isPublicationGiven() ? settings.publication() : "tidemark_" + stream;
  }

  /** What the names of all of the stream's sessions start with. */
  public String sessionPrefix() {
    return StreamNames.sessionPrefix(stream);
  }

  private String sessionName(long epoch, Role role) {
    return StreamNames.session(stream, epoch, role.name().toLowerCase(Locale.ROOT));
  }

  /** Opens a session that asks. The caller closes it. */
  public PostgresQueries open(long epoch, Role role) {
    return new PostgresQueries(PostgresSessions.open(connection, sessionName(epoch, role)));
  }

  /** The same, for statements that may take hours without a word from the server. */
  public PostgresQueries openPatient(long epoch, Role role) {
    return new PostgresQueries(PostgresSessions.openPatient(connection, sessionName(epoch, role)));
  }

  /** Opens a session that speaks the replication protocol. The caller closes it. */
  public Connection openReplication(long epoch, Role role) {
    return PostgresSessions.openReplication(connection, sessionName(epoch, role), role == Role.LOG);
  }
}
