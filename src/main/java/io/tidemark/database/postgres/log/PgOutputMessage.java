package io.tidemark.database.postgres.log;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One message of the {@code pgoutput} plugin, protocol version 1 (PostgreSQL manual, 53.9). Ids of
 * relations and types are unsigned.
 */
sealed interface PgOutputMessage {

  /**
   * @param xid the lower 32 bits of the transaction's id
   */
  record Begin(long finalLsn, Instant committedAt, int xid) implements PgOutputMessage {}

  /**
   * @param commitLsn where the commit record starts
   * @param endLsn where it ends
   */
  record Commit(long commitLsn, long endLsn, Instant committedAt) implements PgOutputMessage {}

  record Origin(long commitLsn, String name) implements PgOutputMessage {}

  /** What the following rows of a relation look like. */
  record Relation(
      int id, String schema, String name, char replicaIdentity, List<RelationColumn> columns)
      implements PgOutputMessage {
    public Relation {
      columns = List.copyOf(columns);
    }
  }

  /**
   * @param identity whether the column belongs to the replica identity
   */
  record RelationColumn(boolean identity, String name, int type, int modifier) {}

  record Type(int id, String schema, String name) implements PgOutputMessage {}

  record Insert(int relation, Tuple row) implements PgOutputMessage {}

  /**
   * @param before the old values, where the log carries them
   */
  record Update(int relation, Optional<OldTuple> before, Tuple after) implements PgOutputMessage {}

  record Delete(int relation, OldTuple before) implements PgOutputMessage {}

  record Truncate(List<Integer> relations) implements PgOutputMessage {
    public Truncate {
      relations = List.copyOf(relations);
    }
  }

  /**
   * Written by {@code pg_logical_emit_message}; sent only to those who ask for it.
   *
   * @param content empty unless the prefix is ours
   */
  record Emitted(boolean transactional, String prefix, String content) implements PgOutputMessage {}

  /**
   * @param keyOnly whether only the columns of the replica identity are filled (and the others look
   *     as if they were null)
   */
  record OldTuple(boolean keyOnly, Tuple row) {}

  /** Where the values of a row lie in the message's array. Not copied. */
  final class Tuple {
    private static final int NULL = -1;
    private static final int UNCHANGED = -2;

    private final byte[] array;
    private final int[] offsets;
    private final int[] lengths;

    Tuple(byte[] array, int size) {
      this.array = array;
      this.offsets = new int[size];
      this.lengths = new int[size];
    }

    void setNull(int field) {
      lengths[field] = NULL;
    }

    void setUnchanged(int field) {
      lengths[field] = UNCHANGED;
    }

    void setValue(int field, int offset, int length) {
      offsets[field] = offset;
      lengths[field] = length;
    }

    int size() {
      return lengths.length;
    }

    byte[] array() {
      return array;
    }

    boolean isNull(int field) {
      return lengths[field] == NULL;
    }

    /** An out-of-line value that the update left alone; the log does not hold it. */
    boolean isUnchanged(int field) {
      return lengths[field] == UNCHANGED;
    }

    int offset(int field) {
      return offsets[field];
    }

    int length(int field) {
      return lengths[field];
    }
  }
}
