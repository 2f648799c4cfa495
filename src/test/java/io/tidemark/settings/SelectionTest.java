package io.tidemark.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.schema.TableId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;

class SelectionTest {

  private static boolean selects(String pattern, String schema, String name) {
    return new Selection(List.of(pattern), Map.of(), Map.of()).selects(new TableId(schema, name));
  }

  /** Held against the regular expressions that the patterns could be written as. */
  @Property(tries = 3_000)
  void aStarStandsForAnyCharacters(
      @ForAll @Chars({'a', 'b', '*', '.'}) @StringLength(max = 7) String pattern,
      @ForAll @Chars({'a', 'b', '.'}) @StringLength(min = 1, max = 7) String name) {
    String regex = Pattern.quote(pattern).replace("*", "\\E.*\\Q");
    assertThat(selects(pattern, "a", name)).isEqualTo(("a." + name).matches(regex));
  }

  @Example
  void starsWithoutEndTakeNoTime() {
    long start = System.nanoTime();
    assertThat(selects("*a".repeat(1_000) + "b", "s", "a".repeat(5_000))).isFalse();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
  }

  @Example
  void theLastPatternThatMatchesDecides() {
    Selection selection = new Selection(List.of("*", "!s.*_log", "s.a_log"), Map.of(), Map.of());
    assertThat(selection.selects(new TableId("s", "x"))).isTrue();
    assertThat(selection.selects(new TableId("s", "b_log"))).isFalse();
    assertThat(selection.selects(new TableId("s", "a_log"))).isTrue();
  }
}
