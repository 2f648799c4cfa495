package io.tidemark.database.jdbc;

import io.tidemark.apply.Ownership;
import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.Ledger;
import io.tidemark.database.Ledger.TargetWatch;
import io.tidemark.database.LedgerView;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.Waits;
import io.tidemark.schema.TableId;
import io.tidemark.settings.RecordedTerms;
import io.tidemark.settings.StreamNames;
import io.tidemark.settings.TableTerms;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/**
 * The coordinator's side of the ledger, over JDBC. Every call is a connection of its own, so that
 * nothing is held open between two of them.
 */
record JdbcLedger(JdbcTarget target, String stream) implements Ledger {

  private static final long serialVersionUID = 1L;

  /** The lock is held by others only from just before a commit until it is done. */
  private static final long LOCK_TIMEOUT_MILLIS = 2000;

  /** With the time-out above, this bounds how long a claim can take. */
  private static final int LOCK_ATTEMPTS = 10;

  private static final Instant EPOCHS_BEGIN = Instant.parse("2020-01-01T00:00:00Z");

  private static final String FRESH = "fresh";
  private static final String INTENDED = "intended";
  private static final String RUNNING = "running";

  /** What the stream's own row says. */
  private record StreamRow(long epoch, String incarnation, String state, Optional<String> source) {}

  /**
   * {@inheritDoc}
   *
   * <p>Raising the epoch takes the stream's row lock, which a writer shares from its epoch check to
   * the end of its commit: what commits under the old epoch has done so before the new one exists,
   * and what is read afterwards is final. A writer that was stopped just there (SIGSTOP, a network
   * that is gone) would hold the lock forever, so its session is ended when the lock does not come.
   * All older sessions are ended while the lock is held, when none of a newer epoch can exist.
   */
  @Override
  public Claim claim(String incarnation) {
    String session = sessions() + "claim-" + UUID.randomUUID().toString().substring(0, 8);
    for (int attempt = 1; ; attempt++) {
      try {
        createTables();
        return with(session, sql -> claim(sql, incarnation, session));
      } catch (DatabaseException e) {
        // DATA: another claim created the same tables, or the stream's row, at the same time.
        if (e.kind() == DatabaseException.Kind.FATAL || attempt == LOCK_ATTEMPTS) {
          throw e;
        }
        target.expelSessions(sessions(), session);
      }
    }
  }

  private Claim claim(LedgerSql sql, String incarnation, String session) {
    // Before anything is waited for or ended: one that was replaced must not harm its successor.
    StreamRow seen = ensureRow(sql);
    ownership(sql, seen).requireClaimable(incarnation);
    sql.run("setting a lock timeout", sql.dialect().lockTimeoutStatement(LOCK_TIMEOUT_MILLIS));
    StreamRow locked = read(sql, sql.dialect().forUpdate()).orElse(seen);
    Ownership former = ownership(sql, locked);
    former.requireClaimable(incarnation);
    target.expelSessions(sessions(), session);
    Ownership claimed = former.claimedBy(incarnation);
    long epoch = claimed.epoch();
    Instant now = Instant.now();
    sql.update(
        "UPDATE tidemark.stream SET epoch = ?, incarnation = ?, claimed_at = ? WHERE name = ?",
        epoch,
        incarnation,
        now,
        stream);
    if (!former.firstEpochs().containsKey(incarnation)) {
      sql.update(
          "INSERT INTO tidemark.incarnation (stream, id, epoch, claimed_at) VALUES (?, ?, ?, ?)",
          stream,
          incarnation,
          epoch,
          now);
    }
    State state = state(sql, locked);
    sql.commit();
    return new Claim(epoch, state);
  }

  @Override
  public Optional<State> look() {
    return with(
        "tidemark-view:" + stream,
        sql -> sql.exists() ? read(sql, "").map(row -> state(sql, row)) : Optional.empty());
  }

  @Override
  public void recordIntent(long epoch, String sourceIdentity) {
    with(
        controlSession(epoch),
        sql -> {
          new LedgerTransaction(sql, stream).requireEpoch(epoch);
          sql.update(
              "UPDATE tidemark.stream SET state = ?, source_identity = ? WHERE name = ?",
              INTENDED,
              sourceIdentity,
              stream);
          sql.commit();
          return null;
        });
  }

  @Override
  public void recordStart(long epoch, String position, String pending, SourceMemory memory) {
    with(
        controlSession(epoch),
        sql -> {
          new LedgerTransaction(sql, stream).requireEpoch(epoch);
          sql.update("UPDATE tidemark.stream SET state = ? WHERE name = ?", RUNNING, stream);
          sql.update("DELETE FROM tidemark.progress WHERE stream = ?", stream);
          sql.update(
              "INSERT INTO tidemark.progress (stream, position, pending, consistent, updated_at)"
                  + " VALUES (?, ?, ?, FALSE, ?)",
              stream,
              position,
              pending,
              Instant.now());
          remember(sql, memory.changesSince(memory(sql)));
          sql.commit();
          return null;
        });
  }

  @Override
  public void remember(long epoch, Map<String, Optional<String>> facts) {
    with(
        controlSession(epoch),
        sql -> {
          new LedgerTransaction(sql, stream).requireEpoch(epoch);
          remember(sql, facts);
          sql.commit();
          return null;
        });
  }

  private void remember(LedgerSql sql, Map<String, Optional<String>> facts) {
    List<Object[]> old = new ArrayList<>();
    List<Object[]> added = new ArrayList<>();
    facts.forEach(
        (about, fact) -> {
          old.add(new Object[] {stream, about});
          fact.ifPresent(present -> added.add(new Object[] {stream, about, present}));
        });
    sql.updateAll("DELETE FROM tidemark.memory WHERE stream = ? AND about = ?", old);
    sql.updateAll("INSERT INTO tidemark.memory (stream, about, fact) VALUES (?, ?, ?)", added);
  }

  @Override
  public RecordedTerms terms() {
    return with(
        "tidemark-view:" + stream,
        sql -> sql.exists() ? new LedgerTerms(sql, stream).read() : RecordedTerms.NONE);
  }

  @Override
  public void recordTerms(long epoch, Map<TableId, TableTerms> terms, Set<TableId> copied) {
    with(
        controlSession(epoch),
        sql -> {
          new LedgerTransaction(sql, stream).requireEpoch(epoch);
          new LedgerTerms(sql, stream).record(terms, copied);
          sql.commit();
          return null;
        });
  }

  @Override
  public void recordSelection(long epoch, Set<TableId> selected) {
    with(
        controlSession(epoch),
        sql -> {
          LedgerTransaction ledger = new LedgerTransaction(sql, stream);
          ledger.requireEpoch(epoch);
          ledger.recordSelection(selected);
          sql.commit();
          return null;
        });
  }

  @Override
  public void report(long epoch, LedgerView.About about, Optional<String> words) {
    with(
        controlSession(epoch),
        sql -> {
          new LedgerReports(sql, stream).report(epoch, about, words);
          sql.commit();
          return null;
        });
  }

  @Override
  public void recordFinish(long epoch, String session) {
    new JdbcTargetWatch(target, stream, Set.of()).finish(epoch, session);
  }

  @Override
  public TargetWatch openTargetWatch(Set<TableId> tables) {
    return new JdbcTargetWatch(target, stream, tables);
  }

  @Override
  public Waits openWaits() {
    return target.openWaits();
  }

  private void createTables() {
    with(
        "tidemark-create:" + stream,
        sql -> {
          LedgerVersion.bringUp(sql);
          return null;
        });
  }

  private StreamRow ensureRow(LedgerSql sql) {
    Optional<StreamRow> row = read(sql, "");
    if (row.isPresent()) {
      return row.get();
    }
    Instant now = Instant.now();
    long before = beforeTheFirst(now);
    // Of two that insert it, one fails on the primary key and is started again.
    sql.update(
        "INSERT INTO tidemark.stream (name, epoch, incarnation, state, claimed_at)"
            + " VALUES (?, ?, '', ?, ?)",
        stream,
        before,
        FRESH,
        now);
    sql.commit();
    return new StreamRow(before, "", FRESH, Optional.empty());
  }

  /**
   * Not zero: a drop leaves nothing behind, and a writer that was suspended before it must not find
   * its own epoch again. In milliseconds, of which a start takes {@link Ledger#EPOCH_STRIDE},
   * because a stream is not started more often than that for long, and a session's name, which has
   * the epoch in it, must stay short.
   */
  private static long beforeTheFirst(Instant now) {
    return Duration.between(EPOCHS_BEGIN, now).toMillis();
  }

  private Optional<StreamRow> read(LedgerSql sql, String lock) {
    return sql
        .query(
            "SELECT epoch, incarnation, state, source_identity FROM tidemark.stream WHERE name = ?"
                + lock,
            row ->
                new StreamRow(
                    row.getLong(1),
                    row.getString(2),
                    row.getString(3),
                    Optional.ofNullable(row.getString(4))),
            stream)
        .stream()
        .findFirst();
  }

  private Ownership ownership(LedgerSql sql, StreamRow row) {
    return new Ownership(
        stream, row.epoch(), row.incarnation(), LedgerTransaction.claims(sql, stream));
  }

  private State state(LedgerSql sql, StreamRow row) {
    return switch (row.state()) {
      case FRESH -> new Fresh();
      case INTENDED -> new Intended(row.source().orElseThrow());
      case RUNNING -> running(sql, row.source().orElseThrow());
      default ->
          throw new DatabaseException(
              DatabaseException.Kind.FATAL,
              "the ledger of stream "
                  + stream
                  + " is in state '"
                  + row.state()
                  + "', which this version does not know; it was written by a newer one");
    };
  }

  private Running running(LedgerSql sql, String sourceIdentity) {
    record Reached(String position, String pending) {}
    Reached reached =
        sql
            .query(
                "SELECT position, pending FROM tidemark.progress WHERE stream = ?",
                row -> new Reached(row.getString(1), row.getString(2)),
                stream)
            .stream()
            .findFirst()
            .orElseThrow(
                () ->
                    new DatabaseException(
                        DatabaseException.Kind.FATAL,
                        "the ledger (schema tidemark) of stream "
                            + stream
                            + " has lost its row in tidemark.progress; restore it, or drop the"
                            + " stream and copy anew"));
    List<CoveredChunk> chunks =
        sql.query(
            "SELECT table_schema, table_name, number, range_from, range_to, snapshot, row_count,"
                + " cycle FROM tidemark.chunk WHERE stream = ?"
                + " ORDER BY table_schema, table_name, number",
            JdbcLedger::chunk,
            stream);
    return new Running(
        sourceIdentity,
        reached.position(),
        reached.pending(),
        new HashSet<>(
            sql.query(
                "SELECT table_schema, table_name FROM tidemark.streamed WHERE stream = ?",
                row -> new TableId(row.getString(1), row.getString(2)),
                stream)),
        chunks,
        holes(sql, chunks),
        recopied(sql),
        LedgerHoles.uncovered(sql, stream),
        memory(sql));
  }

  private SourceMemory memory(LedgerSql sql) {
    Map<String, String> facts = new HashMap<>();
    if (LedgerVersion.of(sql) < 2) {
      return SourceMemory.NONE;
    }
    sql.query(
        "SELECT about, fact FROM tidemark.memory WHERE stream = ? AND about NOT LIKE ?"
            + " AND about NOT LIKE ? AND about NOT LIKE ?",
        row -> facts.put(row.getString(1), row.getString(2)),
        stream,
        LedgerTerms.ABOUT,
        LedgerHoles.ABOUT,
        TargetMemory.OURS + "%");
    return new SourceMemory(facts);
  }

  private static CoveredChunk chunk(ResultSet row) throws SQLException {
    return new CoveredChunk(
        new Chunk(
            new TableId(row.getString(1), row.getString(2)),
            row.getInt(3),
            KeyText.range(
                Optional.ofNullable(row.getString(4)), Optional.ofNullable(row.getString(5)))),
        row.getString(6),
        row.getLong(7),
        row.getLong(8));
  }

  /** Holes are numbered after the chunks of their table that are known. */
  private List<Chunk> holes(LedgerSql sql, List<CoveredChunk> chunks) {
    record Hole(TableId table, Key key) {}
    Map<TableId, Integer> next = new HashMap<>();
    for (CoveredChunk covered : chunks) {
      next.merge(covered.chunk().table(), covered.chunk().number() + 1, Math::max);
    }
    List<Chunk> holes = new ArrayList<>();
    for (Hole hole :
        sql.query(
            "SELECT table_schema, table_name, key_values FROM tidemark.hole WHERE stream = ?"
                + " AND snapshot IS NULL ORDER BY table_schema, table_name, key_values",
            row ->
                new Hole(
                    new TableId(row.getString(1), row.getString(2)),
                    KeyText.parse(row.getString(3))),
            stream)) {
      int number = next.merge(hole.table(), 1, Integer::sum) - 1;
      holes.add(new Chunk(hole.table(), number, KeyRange.Points.of(hole.key())));
    }
    return holes;
  }

  private List<CoveredChunk> recopied(LedgerSql sql) {
    return sql.query(
        "SELECT table_schema, table_name, key_values, snapshot FROM tidemark.hole"
            + " WHERE stream = ? AND snapshot IS NOT NULL",
        row ->
            new CoveredChunk(
                new Chunk(
                    new TableId(row.getString(1), row.getString(2)),
                    0,
                    KeyRange.Points.of(KeyText.parse(row.getString(3)))),
                row.getString(4),
                0,
                0),
        stream);
  }

  /** The start of all names of the stream's sessions. */
  private String sessions() {
    return StreamNames.sessionPrefix(stream);
  }

  private String controlSession(long epoch) {
    return StreamNames.session(stream, epoch, "ledger");
  }

  private <T> T with(String session, Function<LedgerSql, T> work) {
    return LedgerSql.with(target, session, work);
  }
}
