package io.tidemark.protocol;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the coordinator wants done. Carried out in the order in which it was decided. */
public sealed interface Decision {

  /** Tell the log reader to hold where it is; it answers {@code logHeld}. */
  record HoldLog(long cycle) implements Decision {}

  /**
   * Open a snapshot for all readers, in place of an earlier one; answered by {@code
   * sharedSnapshotOpened} or {@code noSharedSnapshot}.
   */
  record OpenSharedSnapshot(long cycle) implements Decision {}

  /**
   * Let a reader open its session, in place of an earlier one; it answers {@code sessionOpened}.
   *
   * @param tables those that may be copied in this cycle, and no others: a database that has to
   *     lock what a snapshot is to be exact for locks these
   */
  record OpenSession(int reader, long cycle, Optional<String> shared, List<TableId> tables)
      implements Decision {
    public OpenSession {
      tables = List.copyOf(tables);
    }
  }

  /**
   * Tell the log reader the cycle's sessions; it goes on.
   *
   * @param isOfExposed whether it is to say when it has processed everything that they contain, or
   *     that it cannot: {@code logPassed}, {@code logAhead}
   */
  record ArmLog(long cycle, List<SnapshotPosition> sessions, boolean isOfExposed)
      implements Decision {
    public ArmLog {
      sessions = List.copyOf(sessions);
    }
  }

  /** Ask the database for a boundary; answered by {@code boundaryPlanned}. */
  record Plan(Table table, int number, Optional<Key> from, Optional<Key> to) implements Decision {}

  /**
   * Let a reader copy a chunk; it answers {@code chunkWritten} or {@code chunkFailed}.
   *
   * @param snapshot what the reader's session contains
   */
  record Assign(int reader, long cycle, Chunk chunk, SnapshotPosition snapshot)
      implements Decision {}

  /** The cycle's sessions, and its shared snapshot, can be closed. */
  record CloseSessions(long cycle) implements Decision {}

  /**
   * Tell the log reader that all cycles up to this one are durable.
   *
   * @param coverage of the ranges of each table that is not known to be passed
   * @param recopied keys with a state of their own that have been copied again
   * @param uncovered tables that were given up: their coverage is now without what was copied then
   */
  record PublishDurable(
      long cycle,
      Map<TableId, TableCoverage> coverage,
      Map<TableId, Map<Key, SnapshotPosition>> recopied,
      Set<TableId> uncovered)
      implements Decision {
    public PublishDurable {
      coverage = Map.copyOf(coverage);
      recopied = Map.copyOf(recopied);
      uncovered = Set.copyOf(uncovered);
    }
  }
}
