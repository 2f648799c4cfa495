package io.tidemark.sink;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.OnBadValue;
import io.tidemark.database.TargetDatabase;
import io.tidemark.database.TargetWriter;
import java.sql.SQLException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One connection that writes, opened when the first event that needs it says under which epoch.
 * Used by one thread; only {@link #abort} may be called from another one.
 */
final class WriterSession {

  private final TargetDatabase target;
  private final String stream;
  private final String role;
  private final SinkMeasures measures;
  private volatile @Nullable TargetWriter writer;
  private @Nullable LedgerTransaction ledger;
  private @Nullable DeadLetters letters;

  WriterSession(TargetDatabase target, String stream, String role, SinkMeasures measures) {
    this.target = target;
    this.stream = stream;
    this.role = role;
    this.measures = measures;
  }

  /** Opens the connection, unless it is open. */
  void open(long epoch) {
    if (writer == null) {
      TargetWriter opened = target.openWriter("tidemark:" + stream + ":" + epoch + ":" + role);
      LedgerSql sql = new LedgerSql(opened.connection(), target.ledgerDialect());
      if (target.onBadValue() == OnBadValue.DEAD_LETTER) {
        letters = new DeadLetters(sql, stream, measures);
        DeadLetterWriter keeping = new DeadLetterWriter(opened, letters);
        ledger = new LedgerTransaction(sql, stream, keeping::ended);
        writer = keeping;
      } else {
        ledger = new LedgerTransaction(sql, stream);
        writer = opened;
      }
    }
  }

  /**
   * What is written next belongs to this.
   *
   * @param position of the log, or the snapshot's; asked for only where it is needed
   */
  void at(long epoch, Supplier<String> position) {
    DeadLetters kept = letters;
    if (kept != null) {
      kept.at(epoch, position);
    }
  }

  /** To be run after a rollback to a savepoint that is set now. */
  Runnable mark() {
    DeadLetters kept = letters;
    if (kept == null) {
      return () -> {};
    }
    DeadLetters.Mark mark = kept.mark();
    return () -> kept.backTo(mark);
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
