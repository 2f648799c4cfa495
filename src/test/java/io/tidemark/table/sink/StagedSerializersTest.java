package io.tidemark.table.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.staging.Milestone;
import io.tidemark.staging.StagedCheckpoint;
import io.tidemark.staging.StagedRows;
import io.tidemark.testing.DamagedInput;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a checkpoint keeps of a sink stays readable: the bytes of each version are kept here. */
class StagedSerializersTest {

  private static final StagedRows ROWS = new StagedRows(7, "sink_0123456789abcdef_7_3", 1234);
  private static final StagedCheckpoint FOLLOWS =
      new StagedCheckpoint(
          new Milestone(5, 9), Optional.of(new Milestone(4, 8)), List.of(ROWS, StagedRows.none(8)));
  private static final StagedCheckpoint FIRST =
      new StagedCheckpoint(new Milestone(1, 1), Optional.empty(), List.of(ROWS));

  private final StagedRowsSerializer rows = new StagedRowsSerializer();
  private final StagedCheckpointSerializer checkpoints = new StagedCheckpointSerializer();

  @Test
  void whatIsWrittenIsReadAndHasTheBytesOfItsVersion() throws IOException {
    assertThat(hex(rows.serialize(ROWS))).isEqualTo(fixture("staged-rows-1.hex"));
    assertThat(hex(checkpoints.serialize(FOLLOWS))).isEqualTo(fixture("staged-checkpoint-1.hex"));
    assertThat(rows.deserialize(1, bytes("staged-rows-1.hex"))).isEqualTo(ROWS);
    assertThat(checkpoints.deserialize(1, bytes("staged-checkpoint-1.hex"))).isEqualTo(FOLLOWS);
    assertThat(checkpoints.deserialize(1, checkpoints.serialize(FIRST))).isEqualTo(FIRST);
  }

  @Test
  void aNewerVersionIsRefused() {
    assertThatThrownBy(() -> checkpoints.deserialize(2, checkpoints.serialize(FIRST)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 2");
  }

  @Test
  void damagedBytesAreRefused() throws IOException {
    DamagedInput reader =
        DamagedInput.of(bytes -> checkpoints.deserialize(1, bytes), IOException.class);
    reader.refusesEveryCut(checkpoints.serialize(FOLLOWS));
    reader.refusesMore(checkpoints.serialize(FOLLOWS));
    reader.giveChanges(checkpoints.serialize(FOLLOWS), 500, 1);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] bytes(String name) throws IOException {
    return HexFormat.of().parseHex(fixture(name));
  }

  private static String fixture(String name) throws IOException {
    try (InputStream in = StagedSerializersTest.class.getResourceAsStream("/state/" + name)) {
      if (in == null) {
        throw new IOException("no fixture " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip();
    }
  }
}
