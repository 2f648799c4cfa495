package io.tidemark.database.mysql.rows;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.mysql.log.BinlogFuzz;
import io.tidemark.database.mysql.log.BinlogFuzz.Part;
import io.tidemark.database.mysql.wire.BinlogEvent;
import io.tidemark.database.mysql.wire.LoggedQuery;
import io.tidemark.testing.DamagedInput;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.Deflater;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Parts of a binary log, made here as servers make them, and damaged. Needs no server. */
class DamagedLogTest {

  private static DamagedInput reader(Part part) {
    return DamagedInput.of(
        bytes -> BinlogFuzz.read(part, bytes),
        IllegalArgumentException.class,
        DatabaseException.class);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }

  private static byte[] hex(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  /** {@code {"a": 7, "b": ["x", null]}}. */
  private static final byte[] JSON =
      hex(
          "00 0200 2100" // an object of two members and 33 bytes
              + "1200 0100 1300 0100" // where the keys are
              + "05 0700 02 1400" // an int16, and an array
              + "61 62"
              + "0200 0d00 0c 0a00 04 0000 01 78 00");

  /** An event of a type without meaning that holds {@code body}. */
  private static byte[] event(int type, byte[] body) {
    ByteBuffer header = ByteBuffer.allocate(BinlogEvent.HEADER).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(0).put((byte) type).putInt(1).putInt(BinlogEvent.HEADER + body.length);
    return join(header.array(), body);
  }

  private static byte[] number(long value) {
    return ByteBuffer.allocate(9)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put((byte) 0xfe)
        .putLong(value)
        .array();
  }

  /** Fields with lengths: the compression, the size before and the size of what follows. */
  private static byte[] payload(byte[] packed, long plainSize) {
    return join(
        new byte[] {2, 1, 0, 3, 9},
        number(plainSize),
        new byte[] {1, 9},
        number(packed.length),
        new byte[] {0},
        packed);
  }

  private static byte[] payload(byte[] plain) {
    return payload(Zstd.compress(plain), plain.length);
  }

  /** What MariaDB puts in front of what it compressed. */
  private static byte[] packed(byte[] plain, int said) {
    Deflater deflater = new Deflater();
    deflater.setInput(plain);
    deflater.finish();
    byte[] buffer = new byte[plain.length + 100];
    int size = deflater.deflate(buffer);
    deflater.end();
    return join(
        new byte[] {(byte) 0x84},
        ByteBuffer.allocate(4).putInt(said).array(),
        Arrays.copyOf(buffer, size));
  }

  private static byte[] query(byte[] text) {
    return join(new byte[8], new byte[] {1, 0, 0, 0, 0, 'd', 0}, text);
  }

  private static byte[] row() {
    byte[] image =
        join(
            new byte[] {0, 0},
            hex("01000000 000000000000f03f"),
            hex("8000000c00fa"),
            hex("0503 99b2bacd0e000005 800c0d05"),
            new byte[] {(byte) JSON.length, 0, 0, 0},
            JSON,
            hex("0300 616263 0200 7879"));
    return join(new byte[] {9, (byte) 0xff, 1, (byte) 0xff, 1}, image, image);
  }

  @Test
  void whatIsWholeIsRead() {
    assertThat(BinlogFuzz.read(Part.JSON, JSON)).isEqualTo("{\"a\": 7, \"b\": [\"x\", null]}");
    assertThat(BinlogFuzz.read(Part.TABLE_MAP, BinlogFuzz.description()).toString())
        .startsWith("d.t");
    byte[] events = join(event(29, new byte[] {1}), event(29, new byte[] {2, 3}));
    assertThat(BinlogFuzz.read(Part.PAYLOAD, payload(events))).isEqualTo(List.of(20, 21));
    byte[] sql = "DROP TABLE t".getBytes(StandardCharsets.UTF_8);
    assertThat(BinlogFuzz.read(Part.COMPRESSED_QUERY, query(packed(sql, sql.length))))
        .isEqualTo(new LoggedQuery("d", "DROP TABLE t", 0));
    assertThat(BinlogFuzz.read(Part.ROWS, row()).toString()).contains("update");
  }

  @Test
  void damagedPartsAreRefusedOrReadAtOnce() {
    byte[] events = join(event(29, new byte[] {1}), event(29, new byte[300]));
    byte[] sql = "ALTER TABLE `t` ADD COLUMN a INT, DROP KEY b".getBytes(StandardCharsets.UTF_8);
    byte[] rows = row();
    byte[] head = Arrays.copyOf(rows, 5);
    byte[] tail = Arrays.copyOfRange(rows, 5, rows.length);
    int seed = 0;
    check(Part.JSON, JSON, seed++);
    check(
        Part.JSON_DIFFERENCE,
        join(
            new byte[] {(byte) JSON.length},
            JSON,
            new byte[] {0, 3, '$', '.', 'a', 3, 5, 9, 0},
            new byte[] {2, 6, '$', '.', 'b', '[', '0', ']'}),
        seed++);
    check(Part.TABLE_MAP, BinlogFuzz.description(), seed++);
    check(Part.ROWS, rows, seed++);
    check(Part.PAYLOAD, payload(events), seed++);
    check(Part.COMPRESSED_QUERY, query(packed(sql, sql.length)), seed++);
    check(Part.COMPRESSED_ROWS, join(head, packed(tail, tail.length)), seed++);
    check(Part.QUERY, query(sql), seed++);
    check(Part.GTID, join(new byte[17], hex("0700000000000000 02"), new byte[23]), seed++);
    check(Part.MARIADB_GTID, hex("0700000000000000 01000000 00"), seed++);
    byte[] gtid = event(BinlogEvent.GTID, join(new byte[17], hex("0700000000000000")));
    byte[] begin = event(BinlogEvent.QUERY, query("BEGIN".getBytes(StandardCharsets.UTF_8)));
    byte[] xid = event(BinlogEvent.XID, new byte[8]);
    check(
        Part.EVENT,
        join(
            new byte[] {(byte) gtid.length},
            gtid,
            new byte[] {(byte) begin.length},
            begin,
            new byte[] {(byte) xid.length},
            xid),
        seed++);
  }

  private static void check(Part part, byte[] valid, int seed) {
    assertThat(reader(part).give(valid)).as(part.name()).isPresent();
    DamagedInput.Tally tally = reader(part).giveChanges(valid, 3_000, seed);
    assertThat(tally.refused()).as(part.name()).isPositive();
  }

  @Property(tries = 2_000)
  void anyBytesAreRefusedOrReadAtOnce(@ForAll("parts") Part part, @ForAll byte[] bytes) {
    reader(part).give(bytes);
  }

  @Provide
  Arbitrary<Part> parts() {
    return Arbitraries.of(Part.class);
  }

  @Test
  void jsonWhosePartsLieOverEachOtherIsRefused() {
    // An array of two elements each of which is the array itself.
    assertThat(reader(Part.JSON).give(hex("02 0200 0a00 02 0000 02 0000"))).isEmpty();
    assertThat(reader(Part.JSON).give(hex("03 ffffffff ffffffff"))).isEmpty();
    assertThat(reader(Part.JSON).give(hex("03 ffffff7f 08000000"))).isEmpty();
  }

  @Test
  void aSmallPayloadThatClaimsOrHoldsALotIsRefusedBeforeItFillsTheMemory() {
    byte[] claim = event(29, new byte[0]);
    ByteBuffer.wrap(claim).order(ByteOrder.LITTLE_ENDIAN).putInt(9, 1 << 30);
    assertThat(reader(Part.PAYLOAD).give(payload(claim))).isEmpty();
    // Zeros pack into almost nothing: what is there is refused as well where it is not the size
    // that the payload gave.
    byte[] bomb = join(claim, new byte[32 << 20]);
    DamagedInput reader = reader(Part.PAYLOAD);
    assertThat(reader.give(payload(Zstd.compress(bomb), 100))).isEmpty();
  }

  @Test
  void aPayloadThatLacksAnEventIsRefused() {
    byte[] events = join(event(29, new byte[] {1}), event(29, new byte[] {2}));
    byte[] packed = Zstd.compress(Arrays.copyOf(events, 20));
    assertThat(reader(Part.PAYLOAD).give(payload(packed, events.length))).isEmpty();
  }

  @Test
  void payloadsWithinPayloadsAreRefused() {
    byte[] inner = event(29, new byte[] {1});
    for (int depth = 0; depth < 2; depth++) {
      inner = event(BinlogEvent.TRANSACTION_PAYLOAD, payload(inner));
    }
    assertThat(reader(Part.EVENT).give(join(new byte[] {(byte) inner.length}, inner))).isEmpty();
  }

  /** What is not known to say nothing about rows may be about them. */
  @Test
  void onlyEventsThatAreKnownAreFollowedOrPassedOver() {
    List<Integer> passed =
        List.of(
            BinlogEvent.STOP,
            BinlogEvent.INTVAR,
            BinlogEvent.RAND,
            BinlogEvent.USER_VAR,
            BinlogEvent.IGNORABLE,
            BinlogEvent.ROWS_QUERY,
            BinlogEvent.PREVIOUS_GTIDS,
            BinlogEvent.TRANSACTION_CONTEXT,
            BinlogEvent.VIEW_CHANGE,
            BinlogEvent.HEARTBEAT_V2,
            BinlogEvent.MARIADB_ANNOTATE_ROWS,
            BinlogEvent.MARIADB_BINLOG_CHECKPOINT,
            BinlogEvent.MARIADB_GTID_LIST);
    // Of these the body decides.
    List<Integer> followed =
        List.of(
            BinlogEvent.ROTATE,
            BinlogEvent.FORMAT_DESCRIPTION,
            BinlogEvent.HEARTBEAT,
            BinlogEvent.GTID,
            BinlogEvent.ANONYMOUS_GTID,
            BinlogEvent.MARIADB_GTID);
    for (int type = 0; type < 256; type++) {
      byte[] event = event(type, new byte[40]);
      byte[] log = join(new byte[] {(byte) event.length}, event);
      if (!followed.contains(type)) {
        assertThat(reader(Part.EVENT).give(log).isPresent())
            .as("type %s", type)
            .isEqualTo(passed.contains(type));
      }
    }
  }

  @Test
  void compressionThatHoldsMoreOrLessThanItSaysIsRefused() {
    byte[] sql = "DROP TABLE t".getBytes(StandardCharsets.UTF_8);
    for (int said : new int[] {0, 3, sql.length - 1, sql.length + 1, 2_000, 1 << 30, -1}) {
      assertThat(reader(Part.COMPRESSED_QUERY).give(query(packed(sql, said))))
          .as("%s", said)
          .isEmpty();
    }
  }
}
