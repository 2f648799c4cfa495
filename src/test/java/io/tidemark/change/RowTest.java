package io.tidemark.change;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.change.RowChange.Update;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RowTest {

  private static final String ABSENT = "-";
  private static final String NULL = "0";

  private static final Table KEYED = table(Optional.of(new PrimaryKey(List.of("b"))));
  private static final Table KEYLESS = table(Optional.empty());

  @Test
  void aFieldThatIsNullIsPresentAndOneThatTheLogLeavesOutIsNot() {
    Row row = row("x", NULL, ABSENT);
    assertThat(row.presentFields()).isEqualTo(fields(0, 1));
    assertThat(row.presentFieldsExcept(new int[] {1})).isEqualTo(fields(0));
    assertThat(row.presentFieldsExcept(new int[] {2})).isEqualTo(fields(0, 1));
    assertThat(row.presentFieldsExcept(new int[0])).isEqualTo(fields(0, 1));
  }

  @Test
  void rowsThatAssignTheSameColumnsStandTogetherInTheirOrder() {
    Row first = row("1", "k", ABSENT);
    Row second = row("2", "k", "x");
    Row third = row("3", ABSENT, ABSENT);
    Map<BitSet, List<Row>> groups =
        Row.byPresentFieldsExcept(new int[] {1}, List.of(first, second, third));
    assertThat(groups.keySet()).containsExactly(fields(0), fields(0, 2));
    assertThat(groups.values()).containsExactly(List.of(first, third), List.of(second));
    assertThat(Row.byPresentFieldsExcept(new int[] {1}, List.of())).isEmpty();
  }

  @Test
  void completeRowsAreOneGroupAsTheyAre() {
    List<Row> rows = List.of(row("1", "k", "x"), row("2", NULL, "y"));
    Map<BitSet, List<Row>> groups = Row.byPresentFieldsExcept(new int[] {1}, rows);
    assertThat(groups).containsOnlyKeys(fields(0, 2));
    assertThat(groups.values().iterator().next()).isSameAs(rows);
  }

  @Test
  void anUpdateAssignsTheKeyOnlyIfItChanges() {
    Row after = row("new", "k", ABSENT);
    assertThat(new Update(KEYED, Optional.empty(), after).assigned()).isEqualTo(fields(0));
    assertThat(new Update(KEYED, Optional.of(row(ABSENT, "k", ABSENT)), after).assigned())
        .isEqualTo(fields(0));
    assertThat(new Update(KEYED, Optional.of(row(ABSENT, "old", ABSENT)), after).assigned())
        .isEqualTo(fields(0, 1));
    assertThat(new Update(KEYLESS, Optional.of(row("old", "k", "x")), after).assigned())
        .isEqualTo(fields(0, 1));
  }

  @Test
  void anUpdatesRowIsFoundByItsOldKeyOrByAllThatIsKnownOfIt() {
    Row after = row("new", "k", ABSENT);
    assertThat(new Update(KEYED, Optional.empty(), after).found()).isEqualTo(after);
    assertThat(new Update(KEYED, Optional.of(row(ABSENT, "old", ABSENT)), after).found().text(1))
        .isEqualTo("old");
    Row large = row("old", ABSENT, "x");
    assertThat(new Update(KEYED, Optional.of(large), after).found())
        .isEqualTo(row("old", "k", "x"));
    assertThat(new Update(KEYLESS, Optional.of(large), after).found()).isEqualTo(large);
  }

  private static Table table(Optional<PrimaryKey> key) {
    List<Column> columns =
        Stream.of("a", "b", "c").map(name -> new Column(name, "text", true)).toList();
    return new Table(new TableId("public", "t"), columns, key);
  }

  private static BitSet fields(int... fields) {
    BitSet set = new BitSet();
    for (int field : fields) {
      set.set(field);
    }
    return set;
  }

  private static Row row(String... values) {
    byte[] bytes = String.join("", values).getBytes(StandardCharsets.US_ASCII);
    Row.Builder row = Row.builder(bytes, values.length);
    int at = 0;
    for (int field = 0; field < values.length; field++) {
      switch (values[field]) {
        case ABSENT -> {}
        case NULL -> row.setNull(field);
        default -> row.setValue(field, at, values[field].length());
      }
      at += values[field].length();
    }
    return row.build();
  }
}
