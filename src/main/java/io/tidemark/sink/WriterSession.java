package io.tidemark.sink;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.TargetDatabase;
import io.tidemark.database.TargetWriter;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * One connection that writes, opened when the first event that needs it says under which epoch.
 * Used by one thread; only {@link #abort} may be called from another one.
 */
final class WriterSession {

  private final TargetDatabase target;
  private final String stream;
  private final String role;
  private volatile @Nullable TargetWriter writer;
  private @Nullable LedgerTransaction ledger;

  WriterSession(TargetDatabase target, String stream, String role) {
    this.target = target;
    this.stream = stream;
    this.role = role;
  }

  /** Opens the connection, unless it is open. */
  void open(long epoch) {
    if (writer == null) {
      TargetWriter opened = target.openWriter("tidemark:" + stream + ":" + epoch + ":" + role);
      ledger = new LedgerTransaction(opened.connection(), target.ledgerDialect(), stream);
      writer = opened;
    }
  }

  TargetWriter writer() {
    TargetWriter open = writer;
    if (open == null) {
      throw new IllegalStateException("the session " + role + " is not open");
    }
    return open;
  }

  LedgerTransaction ledger() {
    LedgerTransaction open = ledger;
    if (open == null) {
      throw new IllegalStateException("the session " + role + " is not open");
    }
    return open;
  }

  DatabaseException failure(String what, SQLException error) {
    return target.ledgerDialect().failure(what, error);
  }

  /** Cuts the connection, so that a call that waits for the server fails. From any thread. */
  void abort() throws SQLException {
    TargetWriter open = writer;
    if (open != null) {
      open.connection().abort(Runnable::run);
    }
  }

  /** Whatever is not committed is rolled back by the server. */
  void close() {
    TargetWriter open = writer;
    writer = null;
    if (open != null) {
      open.close();
    }
  }
}
