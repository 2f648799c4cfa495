package io.tidemark.database.postgres.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PublicationTest {

  private static final long HALF = 1L << 31;

  /** A partition settled writes the comment anew, and the tables' rows stay as they were. */
  @Test
  void ownRowsStayOwnHoweverManyTransactionsLieBetween() {
    Optional<Set<Long>> own = Optional.of(Set.of(1_000L, 2_000L));
    for (long comment : new long[] {1_000, 5_000, HALF + 2_000, 2 * HALF - 5}) {
      assertThat(Publication.isForeign(1_000, comment, own)).isFalse();
      assertThat(Publication.isForeign(2_000, comment, own)).isFalse();
      assertThat(Publication.isForeign(1_001, comment, own)).isTrue();
      assertThat(Publication.isForeign(comment + 7, comment, own)).isTrue();
    }
    assertThat(Publication.isForeign(HALF + 1_500, 1_000, own)).isTrue();
  }

  @Test
  void withoutTheirIdsLaterOnesAreOthers() {
    assertThat(Publication.isForeign(1_000, 1_000, Optional.empty())).isFalse();
    assertThat(Publication.isForeign(999, 1_000, Optional.empty())).isFalse();
    assertThat(Publication.isForeign(1_001, 1_000, Optional.empty())).isTrue();
    assertThat(Publication.isForeign(5, 2 * HALF - 5, Optional.empty())).isTrue();
    assertThat(Publication.isForeign(0, 1_000, Optional.empty())).isFalse();
    assertThat(Publication.isForeign(1_000, 0, Optional.empty())).isTrue();
  }
}
