package io.tidemark.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.change.Row;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class RowOrderTest {

  @Test
  void putsNumbersInTheirOrder() {
    List<Row> rows =
        new ArrayList<>(
            LongStream.of(0, 7, 10, 99, 100, 12_345_678, 12_345_679, 123_456_789, Long.MAX_VALUE)
                .mapToObj(number -> row(String.valueOf(number), "x"))
                .toList());
    List<Row> shuffled = new ArrayList<>(rows);
    Collections.shuffle(shuffled, new Random(1));
    assertThat(RowOrder.of(new int[] {0}, shuffled)).containsExactlyElementsOf(rows);
  }

  @Test
  void goesByTheWholeKey() {
    List<Row> rows = List.of(row("a", "10"), row("a", "9"), row("B", "3"));
    assertThat(RowOrder.of(new int[] {0, 1}, rows))
        .containsExactly(rows.get(2), rows.get(1), rows.get(0));
    assertThat(RowOrder.of(new int[] {1, 0}, rows))
        .containsExactly(rows.get(2), rows.get(1), rows.get(0));
  }

  @Test
  void leavesRowsWithoutAKeyAsTheyCame() {
    List<Row> rows = List.of(row("b", "1"), row("a", "2"));
    assertThat(RowOrder.of(new int[0], rows)).isEqualTo(rows);
  }

  /**
   * The sort throws where it meets a contradiction, so it is given the values that are near one.
   */
  @Property
  void isAnOrderOfAnyTexts(
      @ForAll @Size(max = 60) List<@StringLength(max = 300) String> texts, @ForAll long seed) {
    List<Row> rows = new ArrayList<>();
    Random random = new Random(seed);
    for (String text : texts) {
      String digits = "1".repeat(random.nextInt(300)) + random.nextInt(10);
      rows.add(row(random.nextBoolean() ? text : digits, digits));
      rows.add(row(digits + text, text));
    }
    List<Row> once = RowOrder.of(new int[] {0, 1}, rows);
    assertThat(once).containsExactlyInAnyOrderElementsOf(rows);
    Collections.shuffle(rows, random);
    assertThat(RowOrder.of(new int[] {0, 1}, rows)).isEqualTo(once);
  }

  private static Row row(String... values) {
    return Row.ofText(List.of(values));
  }
}
