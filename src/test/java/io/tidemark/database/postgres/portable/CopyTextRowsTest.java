package io.tidemark.database.postgres.portable;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.change.PortableRows;
import io.tidemark.change.Row;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.postgres.catalog.PortableTable;
import io.tidemark.database.postgres.value.PostgresType;
import io.tidemark.database.postgres.value.PostgresType.Array;
import io.tidemark.database.postgres.value.PostgresType.Scalar;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import io.tidemark.schema.ValueType.Plain;
import io.tidemark.testing.DamagedInput;
import io.tidemark.testing.HexLines;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Rows in the text format of COPY, as a real server has written them and damaged. */
class CopyTextRowsTest {

  private static final PostgresType INT = new Scalar(new ValueType.Int(32, false));

  /** The columns of the recorded table. */
  private static final List<PostgresType> TYPES =
      List.of(
          INT,
          new Scalar(new ValueType.Text(Long.MAX_VALUE, false)),
          new Scalar(new ValueType.Decimal(10, 2)),
          new Scalar(new ValueType.Enumeration(List.of("sad", "glad"))),
          new Scalar(new ValueType.Binary(Long.MAX_VALUE, false)),
          new Scalar(new ValueType.Timestamp(6, true)),
          new Array(INT, ','),
          new Scalar(Plain.JSON));

  private static PortableTable table(List<PostgresType> types) {
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      columns.add(new Column("c" + i, "x", true));
    }
    return new PortableTable(
        new Table(new TableId("public", "t"), columns, Optional.empty()), types);
  }

  private static List<List<String>> read(List<PostgresType> types, byte[] piece)
      throws InterruptedException {
    PortableRows.Decoder decoder = new PortableRows.Decoder(types.size());
    List<List<String>> rows = new ArrayList<>();
    CopyTextRows copy =
        new CopyTextRows(
            table(types),
            (bytes, length) -> {
              decoder.add(bytes, length);
              for (Optional<Row> row = decoder.next(); row.isPresent(); row = decoder.next()) {
                List<String> values = new ArrayList<>();
                for (int field = 0; field < types.size(); field++) {
                  values.add(
                      row.get().isNull(field)
                          ? null
                          : new String(
                              row.get().array(),
                              row.get().offset(field),
                              row.get().length(field),
                              types.get(field).portable().isRaw()
                                  ? StandardCharsets.ISO_8859_1
                                  : StandardCharsets.UTF_8));
                }
                rows.add(values);
              }
            });
    copy.piece(piece, piece.length);
    copy.finish();
    decoder.finish();
    return rows;
  }

  private static List<byte[]> recorded() {
    return HexLines.read("/postgres/copy-text-17.hex");
  }

  @Test
  void readsWhatARealServerHasWritten() throws InterruptedException {
    List<List<String>> rows = new ArrayList<>();
    for (byte[] line : recorded()) {
      rows.addAll(read(TYPES, line));
    }
    assertThat(rows.get(0))
        .containsExactly(
            "1",
            "tab\there, line\nthere, back\\slash, \b\f\r\u000b",
            "-12.50",
            "glad",
            "\0\u00ff\\",
            "2024-02-29 12:13:14.000005",
            "[1, null, 3]",
            "{\"k\": [1, \"ä\\n\"]}");
    assertThat(rows.get(1)).containsExactly("2", "", null, null, "", "infinity", "[]", "null");
    assertThat(rows.get(2))
        .containsExactly(
            "3",
            "\\N",
            "0.00",
            "sad",
            null,
            "0044-03-15 00:00:00.000000 BC",
            "{\"bounds\": \"[0:1]\", \"elements\": [4, 5]}",
            null);
  }

  @Test
  void damagedRowsAreRefusedOrReadAtOnce() {
    DamagedInput reader = DamagedInput.of(bytes -> read(TYPES, bytes), DatabaseException.class);
    int seed = 0;
    for (byte[] line : recorded()) {
      DamagedInput.Tally tally = reader.giveChanges(line, 5_000, seed++);
      assertThat(tally.refused()).isPositive();
      assertThat(tally.read()).isPositive();
      for (int length = 1; length < line.length; length++) {
        assertThat(reader.give(java.util.Arrays.copyOf(line, length))).isEmpty();
      }
    }
  }

  @Test
  void escapesThatNoServerWritesAreRefused() {
    List<PostgresType> text = List.of(TYPES.get(1), TYPES.get(1));
    DamagedInput reader = DamagedInput.of(bytes -> read(text, bytes), DatabaseException.class);
    for (String line : List.of("a\\\tb\n", "a\tb\\\n", "\\Nx\tb\n", "\\x41\tb\n", "\\101\tb\n")) {
      assertThat(reader.give(line.getBytes(StandardCharsets.UTF_8))).as(line).isEmpty();
    }
  }
}
