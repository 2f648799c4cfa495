package io.tidemark.database.postgres.position;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.testing.DamagedInput;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Printed positions that were damaged are refused, or are exactly what stands there. */
class DamagedPositionsTest {

  private final PostgresPositions positions = new PostgresPositions();

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private final DamagedInput logPositions =
      DamagedInput.of(
          input -> {
            String printed = positions.logPosition(text(input)).print();
            assertThat(positions.logPosition(printed).print()).isEqualTo(printed);
            return printed;
          },
          IllegalArgumentException.class);

  private final DamagedInput snapshots =
      DamagedInput.of(
          input -> {
            String printed = positions.snapshotPosition(text(input)).print();
            assertThat(positions.snapshotPosition(printed).print()).isEqualTo(printed);
            return printed;
          },
          IllegalArgumentException.class);

  private final DamagedInput transactions =
      DamagedInput.of(
              input -> positions.printTransactions(positions.transactions(text(input))),
              IllegalArgumentException.class)
          .within(500L << 20);

  @Test
  void damagedPositionsAreRefusedOrRead() {
    logPositions.giveChanges(bytes("16/B374D848"), 3_000, 1);
    assertThat(snapshots.giveChanges(bytes("690:700:691,695@0/16B3000"), 3_000, 2).refused())
        .isPositive();
    assertThat(transactions.giveChanges(bytes("100-102,107"), 3_000, 3).refused()).isPositive();
  }

  @Test
  void hugeAndHostileTextIsRefusedWithAShortMessage() {
    for (String text :
        List.of(
            "3-9999999",
            "3-9223372036854775807",
            "3-12,20-18446744073709551615",
            "1".repeat(5_000_000),
            ",".repeat(1_000_000),
            "-".repeat(1_000_000))) {
      assertThat(transactions.give(bytes(text))).isEmpty();
      assertThat(snapshots.give(bytes(text + "@1/1"))).isEmpty();
      assertThat(snapshots.give(bytes("1:2:" + text + "@1/1"))).isEmpty();
      assertThat(logPositions.give(bytes(text))).isEmpty();
    }
  }
}
