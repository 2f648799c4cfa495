package io.tidemark.database.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.change.Row;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import io.tidemark.testing.DamagedInput;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Rows in the ledger: what is read is what was written, and what is no row is refused. */
class LetterTextTest {

  private static final Table TABLE =
      new Table(
          new TableId("s", "t"),
          List.of(
              new Column("id", "bigint", false),
              new Column("text \"ü\"", "text", true),
              new Column("bytes", "blob", true, new ValueType.Binary(10, false)),
              new Column("null", "text", true),
              new Column("absent", "text", true)),
          Optional.of(new PrimaryKey(List.of("id"))));

  private static final byte[] BYTES = {'5', 'a', '\n', '"', (byte) 0xff, 0, (byte) 0xc3};

  private static final Row ROW =
      Row.builder(BYTES, 5)
          .setValue(0, 0, 1)
          .setValue(1, 1, 3)
          .setValue(2, 4, 2)
          .setNull(3)
          .build();

  private final DamagedInput reader =
      DamagedInput.of(
          bytes -> LetterText.parse(TABLE, new String(bytes, StandardCharsets.UTF_8)),
          IllegalArgumentException.class);

  @Test
  void aRowHasOneText() {
    String text = LetterText.print(TABLE, ROW);
    assertThat(text)
        .isEqualTo(
            "{\"id\":\"5\",\"text \\\"ü\\\"\":\"a\\n\\\"\",\"bytes\":{\"hex\":\"ff00\"},\"null\":null}");
    assertThat(LetterText.parse(TABLE, text)).isEqualTo(ROW);
  }

  @Test
  void bytesThatAreNoTextAreWrittenAsBytes() {
    Row row = Row.builder(BYTES, 5).setValue(0, 0, 1).setValue(1, 6, 1).build();
    assertThat(LetterText.print(TABLE, row))
        .isEqualTo("{\"id\":\"5\",\"text \\\"ü\\\"\":{\"hex\":\"c3\"}}");
    assertThat(LetterText.parse(TABLE, LetterText.print(TABLE, row))).isEqualTo(row);
  }

  @Test
  void whatItSaysOfOtherColumnsIsLeftOut() {
    assertThat(
            LetterText.parse(
                TABLE, " { \"gone\" : {\"hex\":\"00\"} , \"id\" : \"5\", \"id\":\"6\" } "))
        .isEqualTo(Row.builder("6".getBytes(StandardCharsets.UTF_8), 5).setValue(0, 0, 1).build());
    assertThat(LetterText.parse(TABLE, LetterText.print(TABLE, Row.builder(BYTES, 5).build())))
        .isEqualTo(Row.builder(BYTES, 5).build());
  }

  @Test
  void damagedRowsAreRefusedOrRead() {
    byte[] text = LetterText.print(TABLE, ROW).getBytes(StandardCharsets.UTF_8);
    reader.refusesEveryCut(text);
    assertThat(reader.giveChanges(text, 5_000, 1).refused()).isPositive();
    for (String other :
        List.of(
            "",
            "null",
            "{\"id\":5}",
            "{\"id\":[]}",
            "{\"id\":nil}",
            "{\"id\":{}}",
            "{\"id\":{\"oct\":\"00\"}}",
            "{\"id\":{\"hex\":\"0\"}}",
            "{\"id\":\"5\",}",
            "{\"id\":\"5\"}}",
            "{\"id\":".repeat(1_000_000))) {
      assertThat(reader.give(other.getBytes(StandardCharsets.UTF_8))).as(other).isEmpty();
    }
  }
}
