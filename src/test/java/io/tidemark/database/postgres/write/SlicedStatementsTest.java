package io.tidemark.database.postgres.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.Row;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SlicedStatementsTest {

  private static final int ROWS = 8_001;

  private final SlicedStatements slices = new SlicedStatements();

  @AfterEach
  void close() {
    slices.close();
  }

  @Test
  void eachSliceComesWithItsOwnParametersInOrder() throws Exception {
    List<Row> rows = IntStream.range(0, ROWS).mapToObj(i -> row("k" + i, "v" + i)).toList();
    List<Row> taken = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    slices.each(
        rows,
        new int[] {1, 0},
        (slice, parameters) -> {
          taken.addAll(slice);
          sizes.add(slice.size());
          assertThat(parameters.arrays()).hasSize(2);
          assertThat(bytes(parameters.arrays().get(0))).isEqualTo(bytes(new TextArray(slice, 1)));
          assertThat(bytes(parameters.arrays().get(1))).isEqualTo(bytes(new TextArray(slice, 0)));
        });
    assertThat(taken).containsExactlyElementsOf(rows);
    assertThat(sizes).containsExactly(4_000, 4_000, 1);
  }

  @Test
  void nothingIsDoneOfNoRows() throws Exception {
    slices.each(
        List.of(),
        new int[] {0},
        (slice, parameters) -> {
          throw new AssertionError("a statement without rows");
        });
  }

  @Test
  void afterAFailureNoOtherSliceIsBegun() {
    List<Row> rows = IntStream.range(0, ROWS).mapToObj(i -> row("k" + i, "v" + i)).toList();
    List<Integer> begun = new ArrayList<>();
    assertThatThrownBy(
            () ->
                slices.each(
                    rows,
                    new int[] {0},
                    (slice, parameters) -> {
                      begun.add(slice.size());
                      throw new SQLException("refused", "23505");
                    }))
        .isInstanceOf(SQLException.class)
        .hasMessage("refused");
    assertThat(begun).containsExactly(4_000);
  }

  @Test
  void whatFailsWhileTheServerIsBusyIsThrownAsItIs() {
    List<Row> rows = new ArrayList<>();
    IntStream.range(0, 4_000).forEach(i -> rows.add(row("k" + i, "v")));
    rows.add(row("k", "v"));
    rows.add(row("without a second field"));
    assertThatThrownBy(() -> slices.each(rows, new int[] {1}, (slice, parameters) -> {}))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static Row row(String... values) {
    return Row.ofText(List.of(values));
  }

  private static byte[] bytes(TextArray array) {
    byte[] bytes = new byte[array.lengthInBytes() + 3];
    array.toBytes(bytes, 3);
    return bytes;
  }
}
