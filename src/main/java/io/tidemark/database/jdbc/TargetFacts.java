package io.tidemark.database.jdbc;

import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a vendor describes the tables that a stream writes to. Stateless; works on a connection that
 * is lent to it, and takes no lock on a table but where it says so. All of it may throw {@link
 * io.tidemark.database.DatabaseException}.
 */
public interface TargetFacts {

  /**
   * What the catalog says of a table.
   *
   * @param meaning which table it is, and what decides what it stores of a row that is written to
   *     it, in the vendor's own form
   * @param file where its rows are, in the vendor's own form
   * @param obstacles what keeps, or may keep, a row from being stored as it is written
   */
  record Fact(String meaning, String file, List<Obstacle> obstacles) {
    public Fact {
      obstacles = List.copyOf(obstacles);
    }
  }

  /**
   * What a table must not have, for a person.
   *
   * @param problem what it is, after the table's name
   * @param remedy what to do about it, as the beginning of a sentence
   */
  record Obstacle(String problem, String remedy) {
    /** Both, where the job has to be started again. */
    String inWords() {
      return problem
          + ". "
          + remedy
          + "; and start the job again: nothing was committed that went through it";
    }
  }

  /** Those of these tables that are there, by one query however many they are. */
  Map<TableId, Fact> read(Connection connection, Collection<TableId> tables);

  /** The same for equal facts, and hardly any bytes to be sent. */
  String digest(Connection connection, Collection<TableId> tables);

  /**
   * Which ledger this is: another one where the ledger's own tables were made anew, as by whoever
   * restores a dump of the database.
   */
  String ledger(Connection connection);

  /** The present moment in a stream's life, in the vendor's own form, for {@link #keptRows}. */
  String moment(Connection connection, String stream);

  /** Whether moments are phases, of which a stream has few, and another one is worth a note. */
  default boolean momentsArePhases() {
    return false;
  }

  /** The moment of the stream's last commit; empty if there was none. */
  Optional<String> lastWrite(Connection connection, String stream);

  /** What was changed of a table that changes what is in it, or what it stores; for a person. */
  Optional<String> change(Fact before, Fact now);

  /** Whether the rows lie elsewhere than before, which nothing else tells of. */
  boolean isMoved(Fact before, Fact now);

  /**
   * Of a table whose rows lie elsewhere than before: whether they are those that were there, and
   * nobody emptied it. Reads the table, and waits for its lock no longer than a look may take.
   *
   * @param filled whether the stream has ever written to it
   * @param moment when it was last seen to have them
   */
  boolean keptRows(
      Connection connection, TableId table, Fact before, Fact now, boolean filled, String moment);

  /** Whether a table holds no row. Reads it, as above. */
  boolean isEmpty(Connection connection, TableId table);
}
