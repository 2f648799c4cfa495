package io.tidemark.database.mysql.rows;

import io.tidemark.change.RowChange;
import io.tidemark.database.mysql.log.BinlogFuzz;
import io.tidemark.database.mysql.session.EventBytes;
import io.tidemark.database.mysql.value.BinaryDecimal;
import io.tidemark.database.mysql.value.FieldType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** From the body of a rows event to changes, per update of a row of 200 bytes. */
@State(Scope.Benchmark)
public class BinlogRowsBenchmark {

  private static final int ROWS = 40;
  private static final int COLUMNS = 6;
  private static final byte ALL_COLUMNS = 0x3f;

  private final RowLayout layout = layout();
  private final byte[] body = body();
  private final DefaultRows noDefaults = new DefaultRows(BinlogFuzz.source().own(), 1, Map.of());

  @Benchmark
  @OperationsPerInvocation(ROWS)
  public List<RowChange> changes() {
    List<RowChange> changes = new ArrayList<>(ROWS);
    EventBytes in = new EventBytes(body, 0, body.length);
    new RowsReader(layout, noDefaults, RowsReader.Action.UPDATE, false, in).forEach(changes::add);
    return changes;
  }

  private static RowLayout layout() {
    byte[] description =
        HexFormat.of()
            .parseHex(
                ("01 64 00 01 74 00 06" // d.t with six columns
                        + "08 03 0f 12 f6 0f" // BIGINT, INT, VARCHAR, DATETIME, DECIMAL, VARCHAR
                        + "07 8000 06 0c02 2003" // 128 bytes, 6 digits, (12, 2), 800 bytes
                        + "3e")
                    .replace(" ", ""));
    List<CellReader> readers =
        List.of(
            new CellReader.Whole(false),
            new CellReader.Whole(false),
            new CellReader.Same(),
            new CellReader.Moment(FieldType.DATETIME2, 6),
            new CellReader.Decimal(new BinaryDecimal(12, 2)),
            new CellReader.Same());
    return BinlogFuzz.layout(description, readers);
  }

  private static byte[] body() {
    ByteBuffer out = ByteBuffer.allocate(100_000).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) COLUMNS).put(ALL_COLUMNS).put(ALL_COLUMNS);
    for (int row = 0; row < ROWS; row++) {
      image(out, row, row);
      image(out, row, row + 1);
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  private static void image(ByteBuffer out, int id, int number) {
    out.put((byte) 0); // nothing is null
    out.putLong(1_000_000L + id).putInt(number);
    byte[] hash = "fcea920f7412b5da7be0cf42b8c93759".getBytes(StandardCharsets.US_ASCII);
    out.put((byte) hash.length).put(hash);
    out.put(HexFormat.of().parseHex("99b2bacd0e01e240"));
    out.put(HexFormat.of().parseHex("800000263f25"));
    byte[] note = "x".repeat(128).getBytes(StandardCharsets.US_ASCII);
    out.putShort((short) note.length).put(note);
  }
}
