package io.tidemark.database.postgres.session;

import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import java.io.Serializable;

/**
 * A PostgreSQL database as one stream's target. Immutable; holds no connection.
 *
 * @param stream names the stream in messages
 * @param renaming what the source's tables are called here
 * @param onBadValue what becomes of another vendor's value that a column here cannot hold
 */
public record StreamTarget(
    ConnectionSpec connection, String stream, Renaming renaming, OnBadValue onBadValue)
    implements Serializable {

  private static final long serialVersionUID = 1L;

  /** The same database for whoever speaks of its tables by the names that they have here. */
  public StreamTarget withTargetNames() {
    return new StreamTarget(connection, stream, Renaming.none(), onBadValue);
  }
}
