package io.tidemark.source;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.database.SourceMemory;
import io.tidemark.protocol.AnnouncedRange;
import io.tidemark.schema.TableId;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a checkpoint keeps of the copy, with snapshots in printed form.
 *
 * @param sourceIdentity the source that the stream reads; empty before it was looked at
 * @param streamed tables that were complete and passed when the job started
 * @param covered what is durable of the others
 * @param holes keys inside of it that have to be copied again
 * @param announced what may have been handed out since, where there is no ledger
 * @param memory what was last seen of the source beside its log, where there is no ledger
 */
public record EnumeratorState(
    String sourceIdentity,
    Set<TableId> streamed,
    List<Covered> covered,
    Map<TableId, Set<Key>> holes,
    List<AnnouncedRange> announced,
    SourceMemory memory) {

  /** Nothing is known. */
  public static final EnumeratorState EMPTY =
      new EnumeratorState("", Set.of(), List.of(), Map.of(), List.of(), SourceMemory.NONE);

  public EnumeratorState {
    streamed = Set.copyOf(streamed);
    covered = List.copyOf(covered);
    holes = Map.copyOf(holes);
    announced = List.copyOf(announced);
  }

  /** A run of chunks under one snapshot. */
  public record Covered(
      TableId table, int first, int last, KeyRange.Between range, String snapshot) {}
}
