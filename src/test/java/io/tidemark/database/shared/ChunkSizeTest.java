package io.tidemark.database.shared;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ChunkSizeTest {

  @Test
  void wideRowsMakeChunksOfFewer() {
    assertThat(ChunkSize.rows(50_000, 20_000, 20_000L << 10)).isEqualTo(50_000);
    assertThat(ChunkSize.rows(50_000, 1_000, 1_000L << 20)).isEqualTo(128);
    assertThat(ChunkSize.rows(50_000, 10, 10L << 30)).isEqualTo(1);
  }

  @Test
  void aTableOfWhichNothingIsKnownIsCutAsTheJobSays() {
    assertThat(ChunkSize.rows(50_000, 0, 16 << 10)).isEqualTo(50_000);
  }
}
