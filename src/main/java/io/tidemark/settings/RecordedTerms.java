package io.tidemark.settings;

import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the streams of one target were last started with: what this one's rows there were copied
 * under, and which tables others write. Immutable.
 *
 * @param own by the tables' names at the source; a stream of an older Tidemark has none
 * @param others the streams of other names
 * @param names what the names of the target's tables tell
 */
public record RecordedTerms(
    Map<TableId, TableTerms> own, Map<String, Written> others, Names names) {

  /** Of a stream about which nothing is recorded. */
  public static final RecordedTerms NONE = new RecordedTerms(Map.of(), Map.of(), Names.PLAIN);

  /**
   * What another stream writes.
   *
   * @param tables by their names at the target; or at the source, where the ledger has no others
   * @param supposed whether they are those at the source
   */
  public record Written(Set<TableId> tables, boolean supposed) {
    public Written {
      tables = Set.copyOf(tables);
    }
  }

  /**
   * When two names stand for the same rows of the target.
   *
   * @param caseless whether the target takes names of tables for the same that differ in case only
   * @param above of a partition, or another table whose rows are in a second one too, all such
   *     others
   */
  public record Names(boolean caseless, Map<TableId, Set<TableId>> above) {

    /** Each table for itself, and letters of two cases are two letters. */
    public static final Names PLAIN = new Names(false, Map.of());

    public Names {
      above = Map.copyOf(above);
    }

    boolean same(TableId one, TableId other) {
      return named(one).equals(named(other));
    }

    boolean isPartOf(TableId part, TableId whole) {
      return above.getOrDefault(part, Set.of()).contains(whole);
    }

    private String named(TableId table) {
      String name = table.schema().length() + ":" + table.schema() + table.name();
      return caseless ? name.toLowerCase(Locale.ROOT) : name;
    }
  }

  /** Of one kind mostly: the first tell what there is to do. */
  private static final int MOST_PROBLEMS = 5;

  public RecordedTerms {
    own = Map.copyOf(own);
    others = new TreeMap<>(others);
  }

  /**
   * The columns that tables were copied with of which the job copied all that there were.
   *
   * @param copied tables, by their names at the source, of which rows are at the target
   */
  public Map<TableId, List<String>> columnsOf(Set<TableId> copied) {
    Map<TableId, List<String>> columns = new HashMap<>();
    own.forEach(
        (table, terms) -> {
          if (copied.contains(table) && !terms.listed()) {
            columns.put(table, terms.columns());
          }
        });
    return columns;
  }

  /**
   * Why a start with {@code now} is refused, if it is.
   *
   * @param now what the job says of each table that it selects
   * @param copied tables, by their names at the source, of which rows are at the target
   */
  public Optional<String> refusal(Map<TableId, TableTerms> now, Set<TableId> copied) {
    List<String> problems = new ArrayList<>();
    for (TableTerms terms : new TreeMap<>(now).values()) {
      TableTerms former = own.get(terms.source());
      if (former != null && copied.contains(terms.source())) {
        changed(terms, former).ifPresent(problems::add);
      }
      shared(terms).ifPresent(problems::add);
    }
    if (problems.isEmpty()) {
      return Optional.empty();
    }
    int more = problems.size() - MOST_PROBLEMS;
    return Optional.of(
        "stream: "
            + String.join("; ", problems.subList(0, Math.min(MOST_PROBLEMS, problems.size())))
            + (more > 0 ? "; and so it is with " + more + " more" : ""));
  }

  private static Optional<String> changed(TableTerms now, TableTerms former) {
    List<String> changes = now.changesSince(former);
    if (changes.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        "the job file says something else of table "
            + now.source()
            + " than when its rows were copied: "
            + String.join("; ", changes)
            + ". Rows that are at the target already would stay as they are, and those to come"
            + " would not match them. Put it back; or take the table out of source.tables for one"
            + " start and in again for the next, which copies it anew; or drop the stream with"
            + " ./tidemark drop and copy again (in both cases empty what is left of it in "
            + former.target()
            + " first)");
  }

  private Optional<String> shared(TableTerms terms) {
    for (Map.Entry<String, Written> other : others.entrySet()) {
      for (TableId written : new TreeSet<>(other.getValue().tables())) {
        Optional<String> how = sharing(terms.target(), other.getKey(), other.getValue(), written);
        if (how.isPresent()) {
          return Optional.of(
              how.get()
                  + "Give the rows of "
                  + terms.source()
                  + " a table of their own with rename, in another schema, where the names of its"
                  + " indexes are free (docs/job-file.md says how such rows come together); or take"
                  + " it out of one of the two jobs, and start that one once, or remove it with"
                  + " ./tidemark drop");
        }
      }
    }
    return Optional.empty();
  }

  /** What two streams have in common, if it is so much, as sentences. */
  private Optional<String> sharing(TableId ours, String stream, Written other, TableId written) {
    if (other.supposed()) {
      return names.same(ours, written)
          ? Optional.of(
              "stream "
                  + stream
                  + ", which an older Tidemark began, copies a table "
                  + written
                  + ", and this job writes the target's table "
                  + ours
                  + ": the ledger does not say under which name that stream writes it. If under"
                  + " another one, start the job of "
                  + stream
                  + " once with this Tidemark, so that the ledger knows, and then this one. If"
                  + " under the same, no row of it could be told to be the one's or the other's. ")
          : Optional.empty();
    }
    String relation;
    if (names.same(ours, written)) {
      relation = "";
    } else if (names.isPartOf(ours, written)) {
      relation = ", as a part of table " + written;
    } else if (names.isPartOf(written, ours)) {
      relation = ", as far as its part " + written + " goes";
    } else {
      return Optional.empty();
    }
    return Optional.of(
        "table "
            + ours
            + " of the target is written by stream "
            + stream
            + " too"
            + relation
            + ", and no row of it could be told to be the one's or the other's: a TRUNCATE, a range"
            + " that is copied again or a key that both have would change the other's rows. ");
  }

  /** What to record in place of {@link #own} when a start with {@code now} is not refused. */
  public Map<TableId, TableTerms> recordedWith(Map<TableId, TableTerms> now, Set<TableId> copied) {
    Map<TableId, TableTerms> recorded = new HashMap<>(now);
    own.forEach(
        (table, former) -> {
          if (copied.contains(table)) {
            recorded.computeIfPresent(table, (same, terms) -> terms.copiedUnder(former));
          }
        });
    return recorded;
  }
}
