package io.tidemark.job;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.LedgerView;
import io.tidemark.database.LedgerView.Standing;
import io.tidemark.database.LedgerView.TableStanding;
import io.tidemark.database.Preflight;
import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.StreamRemains;
import io.tidemark.database.TargetDatabase;
import io.tidemark.database.TargetFinish;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.CheckedJob;
import io.tidemark.settings.StreamNames;
import io.tidemark.source.StreamExamination;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The two databases of one job. Holds no connection. */
public final class JobDatabases {

  /** Something that asks databases, and may wait. */
  public interface Looking<T> {
    /** Does it; a failure of a server is a {@link DatabaseException}. */
    T look() throws InterruptedException;
  }

  /** Longer than a statement that alters a table takes to get and to give back its locks. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

  private final TidemarkJob job;
  private final SourceDatabase source;
  private final TargetDatabase target;

  /**
   * @param source in its own form; it is read in the portable one if the target does not understand
   *     that
   */
  JobDatabases(TidemarkJob job, SourceDatabase source, TargetDatabase target) {
    this.job = job;
    this.source = target.understands(source) ? source : source.portable();
    this.target = target;
  }

  /** What the job copies from, in the form that its target understands. */
  public SourceDatabase source() {
    return source;
  }

  /** What the job copies to. */
  public TargetDatabase target() {
    return target;
  }

  /** Looks both over. */
  public Preflight preflight() {
    return preflight(known());
  }

  private Preflight preflight(Optional<Standing> known) {
    return new Preflight(
        kept(known),
        target,
        new CheckedJob(
            job.copy().parallelism(),
            job.existing(),
            known.isPresent(),
            logNeeded(),
            Databases.copiesInDoubt(job),
            tables(known, table -> true),
            tables(known, TableStanding::complete)));
  }

  private static Set<TableId> tables(Optional<Standing> known, Predicate<TableStanding> wanted) {
    return known.stream()
        .flatMap(standing -> standing.tables().stream())
        .filter(wanted)
        .map(TableStanding::table)
        .collect(Collectors.toSet());
  }

  /**
   * All that a run would be refused for: what the preflight finds, and, of a stream that exists,
   * what it could not go on for. Changes nothing. Waits for nobody for long.
   */
  public List<Finding> check() {
    return check(LONGEST_WAIT);
  }

  /**
   * @param longest for how long a question waits for whoever has a table locked
   */
  List<Finding> check(Duration longest) {
    try (BoundedLook look =
        BoundedLook.over(job.name(), longest, source.openWaits(), target.openWaits())) {
      List<Finding> findings;
      try {
        findings = look();
      } catch (DatabaseException e) {
        if (look.givenUp().isEmpty()) {
          throw e;
        }
        findings = List.of();
      }
      // What else failed then failed for want of an answer.
      List<Finding> givenUp = look.givenUp();
      return givenUp.isEmpty() ? findings : givenUp;
    }
  }

  /**
   * Does something that looks at both databases, or takes away from them. What waits behind
   * somebody's lock for long is given up.
   *
   * @throws DatabaseException fatal, if something was; it says for whom it has waited
   */
  public <T> T boundedly(Looking<T> looking) throws InterruptedException {
    try (BoundedLook look =
        BoundedLook.over(job.name(), LONGEST_WAIT, source.openWaits(), target.openWaits())) {
      T seen;
      try {
        seen = looking.look();
      } catch (DatabaseException e) {
        look.givenUp().stream().findFirst().ifPresent(finding -> refuse(finding, e));
        throw e;
      }
      look.givenUp().stream().findFirst().ifPresent(finding -> refuse(finding, null));
      return seen;
    }
  }

  private static void refuse(Finding finding, @Nullable DatabaseException cause) {
    throw new DatabaseException(
        DatabaseException.Kind.FATAL,
        finding.where() + ": " + finding.problem() + ". To mend it: " + finding.remedy(),
        cause);
  }

  private List<Finding> look() {
    Optional<Standing> known = known();
    Optional<Finding> other = otherSource(known).or(this::otherTerms).map(JobDatabases::finding);
    if (other.isPresent()) {
      // What else is found there is nothing of this stream, or comes of looking in other places.
      return List.of(other.get());
    }
    List<Finding> findings = new ArrayList<>(addedColumns(known));
    findings.addAll(preflight(known).check());
    // Not twice what was found already, as of a server that does not answer.
    if (!FindingsTable.forbidStart(findings)) {
      refusal().map(JobDatabases::finding).ifPresent(findings::add);
    }
    return List.copyOf(findings);
  }

  /**
   * Why the stream of this name in the target's ledger is not this source's, if it is not. Where a
   * server does not answer, nothing is known of it.
   */
  public Optional<String> otherSource() {
    return otherSource(known());
  }

  private Optional<String> otherSource(Optional<Standing> known) {
    try {
      return known
          .flatMap(Standing::sourceIdentity)
          .flatMap(recorded -> StreamExamination.otherSource(source, recorded));
    } catch (DatabaseException e) {
      return Optional.empty();
    }
  }

  /** The source with the columns that its tables were copied with. */
  private SourceDatabase kept(Optional<Standing> known) {
    return source.keeping(keptColumns(known));
  }

  private Map<TableId, List<String>> keptColumns(Optional<Standing> known) {
    return known.isEmpty()
        ? Map.of()
        : target.ledger(job.name()).terms().columnsOf(tables(known, table -> true));
  }

  /** What the stream goes on without, where it does. */
  private List<Finding> addedColumns(Optional<Standing> known) {
    Map<TableId, List<String>> former = keptColumns(known);
    List<Finding> added = new ArrayList<>();
    try (SourceControl now = source.openControl(StreamNames.OBSERVER_EPOCH);
        SourceControl kept = source.keeping(former).openControl(StreamNames.OBSERVER_EPOCH)) {
      Map<TableId, Table> copied =
          kept.tables().stream().collect(Collectors.toMap(Table::id, Function.identity()));
      for (Table table : now.tables()) {
        List<Column> more = new ArrayList<>(table.columns());
        more.removeAll(copied.getOrDefault(table.id(), table).columns());
        if (!more.isEmpty()) {
          added.add(
              new Finding(
                  Severity.WARNING,
                  table.id().toString(),
                  "added since it was copied, and not copied: "
                      + more.stream().map(Column::name).collect(Collectors.joining(", ")),
                  "to have them, take the table out of source.tables for one start and in again for"
                      + " the next, which copies it anew; empty it at the target before"));
        }
      }
    } catch (DatabaseException e) {
      // What keeps the source from being looked at is among the findings already.
      return List.of();
    }
    return added;
  }

  private Optional<String> otherTerms() {
    try {
      return examination().otherTerms();
    } catch (DatabaseException e) {
      // Of a server that does not answer the preflight says more.
      return Optional.empty();
    }
  }

  private StreamExamination examination() {
    return new StreamExamination(
        kept(known()), target.ledger(job.name()), job.selection(), job.renaming());
  }

  /** What a start of the stream would be refused with; changes nothing. */
  public Optional<String> refusal() {
    try {
      examination().requireStartable();
      return Optional.empty();
    } catch (DatabaseException e) {
      return Optional.of(e.getMessage());
    }
  }

  private static Finding finding(String problem) {
    return new Finding(
        Severity.ERROR,
        "stream",
        problem,
        "until then nothing is touched, and a job that runs goes on");
  }

  /**
   * While a cycle copies, the log reader works through what happened during the one before; what it
   * has passed is let go at the next checkpoint.
   */
  private Duration logNeeded() {
    return job.copy().cycle().multipliedBy(2).plus(job.checkpoint().interval());
  }

  /** A target that does not answer is one of the findings; then it makes no difference. */
  private Optional<Standing> known() {
    try (LedgerView ledger = target.ledgerView(job.name())) {
      return ledger.read().filter(standing -> !standing.state().equals("fresh"));
    } catch (DatabaseException e) {
      return Optional.empty();
    }
  }

  /**
   * Makes the target's tables ready: creates those that are missing, and sees to rows that are
   * there as the job says.
   *
   * @param narrowed the source with the tables to make ready
   * @param copied tables of which the ledger holds anything; they are left alone
   * @return what remains to be done after the copy
   */
  TargetFinish prepareTables(SourceDatabase narrowed, Set<TableId> copied) {
    return target.prepareTables(narrowed.describe(), copied, job.existing());
  }

  /** What the stream has put up at the source. */
  public StreamRemains remains() {
    return source.remains();
  }
}
