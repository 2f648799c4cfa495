package io.tidemark.source;

import io.tidemark.database.Ledger;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceMemory;
import java.util.Optional;

/**
 * Looks at the source again and again for what changes without a word in the log, and has the
 * ledger remember what it found. Borrows the control; used by one thread at a time.
 */
final class SourceWatch {

  /** Looks at very many tables may take a quarter of one of the source's cores, and no more. */
  private static final int REST_PER_LOOK = 3;

  private final SourceControl control;
  private final Optional<Ledger> ledger;
  private final long epoch;
  private volatile SourceMemory remembered;
  private final Rest rest = new Rest(REST_PER_LOOK, System.nanoTime());

  SourceWatch(StreamOpening.Opened stream, Optional<Ledger> ledger) {
    this.control = stream.control();
    this.ledger = ledger;
    this.epoch = stream.epoch();
    this.remembered = stream.memory();
  }

  /**
   * Looks once, unless the last look took so long that the source has to be left alone for a while.
   *
   * @throws io.tidemark.database.DatabaseException fatal, if something has changed that matters
   */
  void look() {
    long begun = System.nanoTime();
    if (rest.lastsAt(begun)) {
      return;
    }
    remember(control.requireNothingUnlogged());
    rest.begin(begun, System.nanoTime());
  }

  /** What was seen last. From any thread. */
  SourceMemory remembered() {
    return remembered;
  }

  /** A session was opened. When this returns, the ledger has what the source must have with it. */
  void sessionOpened() {
    remember(control.sessionOpened());
  }

  private void remember(SourceMemory now) {
    remember(ledger, epoch, remembered, now);
    remembered = now;
  }

  /** Has the ledger remember what is not as it was. */
  static void remember(Optional<Ledger> ledger, long epoch, SourceMemory before, SourceMemory now) {
    if (!now.equals(before)) {
      ledger.ifPresent(records -> records.remember(epoch, now.changesSince(before)));
    }
  }
}
