package io.tidemark.database.jdbc;

import io.tidemark.apply.Ownership;
import io.tidemark.change.ChangeEvent.ChunkBegin;
import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Progress;
import io.tidemark.database.FencedException;
import io.tidemark.database.WriterLedger;
import io.tidemark.schema.TableId;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The ledger's part in a transaction that is open on a connection; the caller commits. */
final class LedgerTransaction implements WriterLedger {

  private final LedgerSql sql;
  private final String stream;
  private final LedgerHoles holes;

  LedgerTransaction(LedgerSql sql, String stream) {
    this.sql = sql;
    this.stream = stream;
    this.holes = new LedgerHoles(sql, stream);
  }

  @Override
  public boolean recordChunk(ChunkBegin begin, long rows) {
    requireEpoch(begin.epoch());
    Chunk chunk = begin.chunk();
    if (chunk.range() instanceof KeyRange.Points points) {
      return holes.fill(chunk.table(), points.keys(), begin.snapshot());
    }
    sql.update(
        "INSERT INTO tidemark.chunk (stream, table_schema, table_name, number, range_from,"
            + " range_to, snapshot, cycle, row_count, copied_at)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        stream,
        chunk.table().schema(),
        chunk.table().name(),
        chunk.number(),
        KeyText.from(chunk.range()).orElse(null),
        KeyText.to(chunk.range()).orElse(null),
        begin.snapshot(),
        begin.cycle(),
        rows,
        Instant.now());
    return true;
  }

  /** {@inheritDoc} One statement, as it is part of every transaction. */
  @Override
  public void recordProgress(long epoch, Progress progress, Optional<Instant> committedAt) {
    int changed =
        sql.update(
            "UPDATE tidemark.progress SET position = ?, pending = ?,"
                + " committed_at = COALESCE(?, committed_at), updated_at = ?"
                + " WHERE stream = ? AND ? = (SELECT epoch FROM tidemark.stream WHERE name = ?"
                + sql.dialect().forShare()
                + ")",
            progress.printPosition(),
            progress.printPending(),
            committedAt.orElse(null),
            Instant.now(),
            stream,
            epoch,
            stream);
    if (changed != 1) {
      requireEpoch(epoch);
      throw new FencedException(stream, epoch, "the ledger has no progress of it any more");
    }
  }

  @Override
  public void recordConsistency(long epoch, Progress progress) {
    recordProgress(epoch, progress, Optional.empty());
    sql.update(
        "INSERT INTO tidemark.streamed (stream, table_schema, table_name, row_count)"
            + " SELECT c.stream, c.table_schema, c.table_name, SUM(c.row_count)"
            + " FROM tidemark.chunk c WHERE c.stream = ? AND NOT EXISTS (SELECT 1 FROM"
            + " tidemark.streamed s WHERE s.stream = c.stream AND s.table_schema = c.table_schema"
            + " AND s.table_name = c.table_name)"
            + " GROUP BY c.stream, c.table_schema, c.table_name",
        stream);
    sql.update("DELETE FROM tidemark.chunk WHERE stream = ?", stream);
    holes.clear();
    sql.update(
        "UPDATE tidemark.progress SET consistent = TRUE, finished = FALSE WHERE stream = ?",
        stream);
  }

  /** Forgets the tables that are not selected, and takes back what is not true of a new one. */
  void recordSelection(Set<TableId> selected) {
    Set<TableId> streamed = tables("streamed");
    for (String part : List.of("streamed", "chunk", "hole", "dead_letter")) {
      for (TableId table : tables(part)) {
        if (!selected.contains(table)) {
          sql.update(
              "DELETE FROM tidemark."
                  + part
                  + " WHERE stream = ? AND table_schema = ? AND table_name = ?",
              stream,
              table.schema(),
              table.name());
        }
      }
    }
    if (!streamed.containsAll(selected)) {
      sql.update(
          "UPDATE tidemark.progress SET consistent = FALSE, finished = FALSE WHERE stream = ?",
          stream);
    }
  }

  private Set<TableId> tables(String part) {
    return new HashSet<>(
        sql.query(
            "SELECT DISTINCT table_schema, table_name FROM tidemark." + part + " WHERE stream = ?",
            row -> new TableId(row.getString(1), row.getString(2)),
            stream));
  }

  /** Records that what remained to be done to the tables after consistency is done. */
  void recordFinish(long epoch) {
    requireEpoch(epoch);
    sql.update("UPDATE tidemark.progress SET finished = TRUE WHERE stream = ?", stream);
  }

  @Override
  public boolean isUnfinished() {
    return !sql.query(
            "SELECT stream FROM tidemark.progress WHERE stream = ? AND consistent AND NOT finished",
            row -> row.getString(1),
            stream)
        .isEmpty();
  }

  @Override
  public void recordHoles(TableId table, Collection<Key> keys) {
    holes.add(table, keys);
  }

  @Override
  public void recordUncovered(TableId table, KeyRange.Between range) {
    holes.uncover(table, range);
  }

  @Override
  public void requireEpoch(long epoch) {
    List<Long> current =
        sql.query(
            "SELECT epoch FROM tidemark.stream WHERE name = ?" + sql.dialect().forShare(),
            row -> row.getLong(1),
            stream);
    if (current.isEmpty()) {
      throw new FencedException(stream, epoch, "the ledger no longer knows the stream");
    }
    if (current.get(0) != epoch) {
      throw replaced(epoch, current.get(0));
    }
  }

  private RuntimeException replaced(long epoch, long current) {
    String owner =
        sql
            .query(
                "SELECT incarnation FROM tidemark.stream WHERE name = ?",
                row -> row.getString(1),
                stream)
            .stream()
            .findFirst()
            .orElse("");
    return new Ownership(stream, current, owner, claims(sql, stream)).replaced(epoch);
  }

  /** Every incarnation that has claimed the stream, with the epoch of its first claim. */
  static Map<String, Long> claims(LedgerSql sql, String stream) {
    record Claimed(String id, long firstEpoch) {}
    Map<String, Long> claims = new HashMap<>();
    for (Claimed claim :
        sql.query(
            "SELECT id, epoch FROM tidemark.incarnation WHERE stream = ?",
            row -> new Claimed(row.getString(1), row.getLong(2)),
            stream)) {
      claims.put(claim.id(), claim.firstEpoch());
    }
    return claims;
  }
}
