package io.tidemark.sink;

import io.tidemark.change.ChangeEvent.Changes;
import io.tidemark.change.ChangeEvent.ChunkBegin;
import io.tidemark.change.ChangeEvent.ChunkEnd;
import io.tidemark.change.ChangeEvent.ChunkRows;
import io.tidemark.change.ChangeEvent.Commit;
import io.tidemark.change.Chunk;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.Ledger;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.postgres.PostgresTarget;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Renaming;
import io.tidemark.testing.PrintedProgress;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * Measures the sink alone, without Flink and a source: {@code java … ApplyLoopSpeed [changes]}. Not
 * a test; it judges nothing.
 */
final class ApplyLoopSpeed {

  private static final Table TABLE =
      new Table(
          new TableId("public", "t"),
          List.of(
              new Column("id", "bigint", false),
              new Column("customer", "integer", false),
              new Column("amount", "numeric(12,2)", false),
              new Column("changed", "timestamptz", false),
              new Column("note", "text", true)),
          Optional.of(new PrimaryKey(List.of("id"))));
  private static final int ROWS = 1_000_000;
  private static final int PER_TRANSACTION = 100;

  private final Random random = new Random(1);
  private final String note = "n".repeat(150);
  private long next = ROWS;
  private long oldest;

  private ApplyLoopSpeed() {}

  public static void main(String[] arguments) throws Exception {
    int changes = arguments.length == 0 ? 1_000_000 : Integer.parseInt(arguments[0]);
    try (PostgresServer server = new PostgresServer(Map.of("max_wal_size", "4GB"))) {
      server.createDatabase("t");
      new ApplyLoopSpeed().run(server, changes);
    }
  }

  private void run(PostgresServer server, int changes) throws Exception {
    String columns =
        "(id bigint PRIMARY KEY, customer int, amount numeric(12,2), changed timestamptz, note"
            + " text)";
    server.execute(
        "t",
        "CREATE TABLE s " + columns,
        "CREATE TABLE t " + columns,
        "INSERT INTO s SELECT g, g % 1000, g / 100.0, now(), repeat('n', 150)"
            + " FROM generate_series(0, "
            + (ROWS - 1)
            + ") g");
    PostgresTarget target = new PostgresTarget(server.spec("t"), "s", Renaming.none());
    Ledger ledger = target.ledger("s");
    long epoch = ledger.claim("speed").epoch();
    ledger.recordIntent(epoch, "db");
    ledger.recordStart(epoch, "0", "", SourceMemory.NONE);
    SinkMeasures measures = new SinkMeasures();
    try (ApplyLoop loop =
        new ApplyLoop(target, "s", 0, session -> {}, SinkLimits.DEFAULT, true, measures, e -> {})) {
      loop.start();
      load(server, loop, epoch);
      server.execute("t", "CHECKPOINT");
      apply(loop, epoch, changes, measures);
    }
  }

  private static void load(PostgresServer server, ApplyLoop loop, long epoch) throws Exception {
    List<byte[]> pieces = new ArrayList<>();
    long bytes = 0;
    try (var connection = server.connect("t")) {
      CopyOut copy =
          connection
              .unwrap(PGConnection.class)
              .getCopyAPI()
              .copyOut("COPY s TO STDOUT (FORMAT binary)");
      ByteArrayOutputStream piece = new ByteArrayOutputStream();
      for (byte[] row = copy.readFromCopy(); row != null; row = copy.readFromCopy()) {
        piece.write(row);
        bytes += row.length;
        if (piece.size() > 64 << 10) {
          pieces.add(piece.toByteArray());
          piece.reset();
        }
      }
      pieces.add(piece.toByteArray());
    }
    Chunk chunk = new Chunk(TABLE.id(), 0, KeyRange.everything());
    long start = System.nanoTime();
    loop.put(new ChunkBegin(epoch, 1, chunk, TABLE, "1:1:", "postgres/copy-binary"));
    for (byte[] piece : pieces) {
      loop.put(new ChunkRows(piece, piece.length));
    }
    loop.put(new ChunkEnd(chunk, ROWS));
    loop.flush();
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        "chunk load: %.1f MB/s, %.0f rows/s%n", bytes / 1e6 / seconds, ROWS / seconds);
  }

  private void apply(ApplyLoop loop, long epoch, int changes, SinkMeasures measures)
      throws Exception {
    long before = measures.targetTransactions();
    long start = System.nanoTime();
    for (int done = 0; done < changes; done += PER_TRANSACTION) {
      List<RowChange> transaction = new ArrayList<>();
      for (int i = 0; i < PER_TRANSACTION; i++) {
        transaction.add(change());
      }
      loop.put(new Changes(transaction));
      loop.put(new Commit(epoch, new PrintedProgress("" + done, ""), Instant.now()));
    }
    loop.flush();
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        "log: %.0f changes/s in %d target transactions%n",
        changes / seconds, measures.targetTransactions() - before);
  }

  /** 70% updates, 15% inserts, 15% deletes of rows that exist. */
  private RowChange change() {
    int kind = random.nextInt(100);
    if (kind < 70) {
      return new RowChange.Update(
          TABLE, Optional.empty(), row(oldest + random.nextLong(next - oldest)));
    }
    if (kind < 85) {
      return new RowChange.Insert(TABLE, row(next++));
    }
    byte[] key = Long.toString(oldest++).getBytes(StandardCharsets.UTF_8);
    return new RowChange.Delete(TABLE, Row.builder(key, 5).setValue(0, 0, key.length).build());
  }

  private Row row(long id) {
    return Row.ofText(
        List.of(
            Long.toString(id),
            Integer.toString(random.nextInt(1000)),
            random.nextInt(100000) + ".25",
            "2026-01-01 00:00:00.123456+00",
            note));
  }
}
