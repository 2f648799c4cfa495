package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RestTest {

  @Test
  void isAsManyTimesAsLongAsWhatWasDone() {
    long start = Long.MAX_VALUE - 5; // The clock may pass the largest number.
    Rest rest = new Rest(3, start);
    assertThat(rest.lastsAt(start)).isFalse();
    rest.begin(start, start + 10);
    assertThat(rest.lastsAt(start + 10)).isTrue();
    assertThat(rest.lastsAt(start + 39)).isTrue();
    assertThat(rest.lastsAt(start + 40)).isFalse();
  }

  @Test
  void isNoneWhereNoneIsAskedFor() {
    Rest rest = new Rest(0, 7);
    rest.begin(7, 1000);
    assertThat(rest.lastsAt(1000)).isFalse();
  }
}
