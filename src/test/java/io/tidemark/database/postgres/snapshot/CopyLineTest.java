package io.tidemark.database.postgres.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.DatabaseException;
import io.tidemark.schema.TableId;
import io.tidemark.testing.DamagedInput;
import io.tidemark.testing.HexLines;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where values are in lines of a COPY, as a real server has written them and damaged. */
class CopyLineTest {

  private static final int RECORDED_FIELDS = 8;

  @Test
  void findsNullsEmptyTextsAndEscapesInOneLineAfterTheOther() {
    assertThat(read(3, "a\t\\N\t\\\\n\n\t\\\\N\t\\n\n"))
        .containsExactly(Arrays.asList("a", null, "\\n"), List.of("", "\\N", "\n"));
    assertThat(read(1, "\\b\\f\\r\\t\\v\n\n"))
        .containsExactly(List.of("\b\f\r\t\u000b"), List.of(""));
  }

  @Test
  void damagedLinesAreRefusedOrRead() {
    DamagedInput reader =
        DamagedInput.of(bytes -> read(RECORDED_FIELDS, bytes.clone()), DatabaseException.class);
    for (byte[] line : HexLines.read("/postgres/copy-text-17.hex")) {
      assertThat(reader.give(line)).isPresent();
      reader.giveChanges(line, 3_000, 1);
    }
  }

  @Test
  void refusesWhatIsNoSuchLine() {
    DamagedInput reader = DamagedInput.of(bytes -> read(2, bytes.clone()), DatabaseException.class);
    for (String line :
        List.of("a", "a\t", "a\tb", "a\\\tb\n", "a\n", "a\tb\tc\n", "a\tb\\\n", "\\Nx\tb\n")) {
      assertThat(reader.give(line.getBytes(StandardCharsets.UTF_8))).as(line).isEmpty();
    }
  }

  private static List<List<String>> read(int fields, String lines) {
    return read(fields, lines.getBytes(StandardCharsets.UTF_8));
  }

  private static List<List<String>> read(int fields, byte[] lines) {
    CopyLine line = new CopyLine(new TableId("public", "t"), fields);
    List<List<String>> rows = new ArrayList<>();
    for (int at = 0; at < lines.length; ) {
      at = line.read(lines, at, lines.length);
      List<String> row = new ArrayList<>();
      for (int field = 0; field < fields; field++) {
        row.add(
            line.isNull(field)
                ? null
                : new String(
                    lines, line.offset(field), line.length(field), StandardCharsets.UTF_8));
      }
      rows.add(row);
    }
    return rows;
  }
}
