package io.tidemark.source;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.Ledger;
import io.tidemark.database.Ledger.TargetWatch;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceDatabase;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import io.tidemark.settings.StreamNames;
import io.tidemark.settings.TableTerms;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds out whether a stream could go on, as its start would, without taking it over and without
 * changing anything: a job that cannot go on must not end the one that can.
 */
public final class StreamExamination {

  /** A job that is at work moves the log on while it is looked at. */
  private static final int MOST_LOOKS = 20;

  private final SourceDatabase source;
  private final Ledger ledger;
  private final Selection selection;
  private final Renaming renaming;

  /**
   * Opens no connection yet.
   *
   * @param selection what the job says of the source's tables
   * @param renaming what it calls them at the target
   */
  public StreamExamination(
      SourceDatabase source, Ledger ledger, Selection selection, Renaming renaming) {
    this.source = source;
    this.ledger = ledger;
    this.selection = selection;
    this.renaming = renaming;
  }

  /**
   * Looks once, and again where what was found may come of a job that is at work.
   *
   * @throws DatabaseException with what a start would be refused with
   */
  public void requireStartable() {
    Optional<Ledger.State> state = ledger.look();
    for (int look = 1; ; look++) {
      try {
        requireStartable(state.orElse(new Ledger.Fresh()));
        return;
      } catch (DatabaseException e) {
        Optional<Ledger.State> now = ledger.look();
        if (now.equals(state) || look == MOST_LOOKS) {
          throw e;
        }
        state = now;
      }
    }
  }

  /**
   * What a start is refused with because the stream was begun from another source; empty if it was
   * not.
   *
   * @param recorded the source that it was begun from, as the ledger has it
   */
  public static Optional<String> otherSource(SourceDatabase source, String recorded) {
    try (SourceControl control = source.openControl(StreamNames.OBSERVER_EPOCH)) {
      return otherSource(control.identity(), recorded);
    }
  }

  /**
   * What a start is refused with because of what the job file says of the tables; empty if it is
   * not.
   */
  public Optional<String> otherTerms() {
    Set<TableId> copied = ledger.look().map(StreamExamination::copied).orElse(Set.of());
    try (SourceControl control = source.openControl(StreamNames.OBSERVER_EPOCH)) {
      return otherTerms(control.tables(), copied);
    }
  }

  private Optional<String> otherTerms(List<Table> tables, Set<TableId> copied) {
    return ledger.terms().refusal(TableTerms.of(tables, selection, renaming), copied);
  }

  private static Set<TableId> copied(Ledger.State state) {
    return state instanceof Ledger.Running running ? running.tables() : Set.of();
  }

  private void requireStartable(Ledger.State state) {
    try (SourceControl control = source.openControl(StreamNames.OBSERVER_EPOCH)) {
      Optional<String> problem = otherTerms(control.tables(), copied(state));
      if (problem.isPresent()) {
        throw new DatabaseException(DatabaseException.Kind.FATAL, problem.get());
      }
      if (state instanceof Ledger.Running running) {
        requireSameSource(control.identity(), running.sourceIdentity());
        control.examineLog(source.positions().logPosition(running.position()), running.memory());
        List<Table> tables = control.tables();
        Set<TableId> written = StreamOpening.ids(tables);
        CopiedTables.requireThere(source, running.written(), written);
        control.requireAddable(StreamOpening.added(tables, running.tables()));
        written.retainAll(running.tables());
        try (TargetWatch target = ledger.openTargetWatch(written)) {
          target.examine();
        }
      } else if (state instanceof Ledger.Intended intended) {
        requireSameSource(control.identity(), intended.sourceIdentity());
      } else {
        control.requireNoLog();
      }
    }
  }

  /**
   * @param recorded the source that the stream was begun from; empty if that is not known
   * @throws DatabaseException fatal, if it is another one
   */
  static void requireSameSource(String identity, String recorded) {
    Optional<String> other = otherSource(identity, recorded);
    if (other.isPresent()) {
      throw new DatabaseException(DatabaseException.Kind.FATAL, other.get());
    }
  }

  private static Optional<String> otherSource(String identity, String recorded) {
    return recorded.isEmpty() || recorded.equals(identity)
        ? Optional.empty()
        : Optional.of(
            "source: the stream was begun from "
                + recorded
                + ", and the URL now leads to "
                + identity
                + ". A stream can only go on from the database it began with (one that was filled"
                + " from a dump is another one). Point the URL back; or give this job another name;"
                + " or, with the URL pointed back, drop the stream and begin anew.");
  }
}
