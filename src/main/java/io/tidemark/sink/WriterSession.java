package io.tidemark.sink;

import io.tidemark.database.TargetDatabase;
import io.tidemark.database.TargetWriter;
import io.tidemark.database.WriterLedger;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.StreamNames;
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
  private @Nullable WriterLedger ledger;
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
      TargetWriter opened = target.openWriter(StreamNames.session(stream, epoch, role));
      ledger = opened.ledger(stream);
      if (target.onBadValue() == OnBadValue.DEAD_LETTER) {
        letters = new DeadLetters(opened.deadLetters(stream), measures);
        writer = new DeadLetterWriter(opened, letters);
      } else {
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

  /** What is written next belongs to a source transaction whose commit has not come yet. */
  void atPiece() {
    DeadLetters kept = letters;
    if (kept != null) {
      kept.atPiece();
    }
  }

  /** The commit has come to which all of this target transaction belongs. */
  void date(long epoch, Supplier<String> position) {
    DeadLetters kept = letters;
    if (kept != null) {
      kept.date(epoch, position);
    }
  }

  TargetWriter writer() {
    TargetWriter open = writer;
    if (open == null) {
      throw new IllegalStateException("the session " + role + " is not open");
    }
    return open;
  }

  WriterLedger ledger() {
    WriterLedger open = ledger;
    if (open == null) {
      throw new IllegalStateException("the session " + role + " is not open");
    }
    return open;
  }

  /** Cuts the connection, so that a call that waits for the server fails. From any thread. */
  void abort() {
    TargetWriter open = writer;
    if (open != null) {
      open.abort();
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
