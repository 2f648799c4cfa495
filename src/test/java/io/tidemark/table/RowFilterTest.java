package io.tidemark.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.table.RowFilter.Condition;
import io.tidemark.table.RowFilter.Flag;
import io.tidemark.table.RowFilter.Joined;
import io.tidemark.table.RowFilter.Missing;
import io.tidemark.table.RowFilter.Not;
import io.tidemark.table.RowFilter.Operator;
import io.tidemark.table.RowFilter.Text;
import io.tidemark.table.RowFilter.WholeNumber;
import io.tidemark.table.TableScan.DeclaredColumn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.expressions.CallExpression;
import org.apache.flink.table.expressions.FieldReferenceExpression;
import org.apache.flink.table.expressions.ResolvedExpression;
import org.apache.flink.table.expressions.ValueLiteralExpression;
import org.apache.flink.table.functions.BuiltInFunctionDefinition;
import org.apache.flink.table.functions.BuiltInFunctionDefinitions;
import org.apache.flink.table.types.DataType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RowFilterTest {

  private static final List<DeclaredColumn> COLUMNS =
      List.of(
          new DeclaredColumn("n", DataTypes.BIGINT().getLogicalType()),
          new DeclaredColumn("s", DataTypes.STRING().getLogicalType()),
          new DeclaredColumn("b", DataTypes.BOOLEAN().getLogicalType()),
          new DeclaredColumn("c", DataTypes.CHAR(3).getLogicalType()),
          new DeclaredColumn("d", DataTypes.DECIMAL(5, 2).getLogicalType()));

  private static @Nullable Boolean holds(Condition condition, @Nullable Object... values) {
    return condition.holds(column -> values[column]);
  }

  @Test
  void numbersAreComparedAsNumbersOfWhateverWidth() {
    for (Object five : new Object[] {(byte) 5, (short) 5, 5, 5L}) {
      List<Boolean> results = new ArrayList<>();
      for (Operator operator : Operator.values()) {
        for (long other = 4; other < 7; other++) {
          results.add(holds(new WholeNumber(0, operator, other), five));
        }
      }
      assertThat(results)
          .containsExactly(
              false, true, false, true, false, true, false, false, true, false, true, true, true,
              false, false, true, true, false);
    }
    assertThat(holds(new WholeNumber(0, Operator.LESS, Long.MIN_VALUE), Long.MAX_VALUE)).isFalse();
    assertThat(holds(new WholeNumber(0, Operator.UNEQUAL, 1), (Object) null)).isNull();
  }

  /** The tables of SQL's three-valued logic. */
  @Test
  void whatIsUnknownStaysSoUnlessTheOtherSideDecides() {
    Condition some = new Flag(0);
    Condition other = new Flag(1);
    Condition all = new Joined(true, List.of(some, other));
    Condition any = new Joined(false, List.of(some, other));
    List<@Nullable Boolean> truths = Arrays.asList(true, false, null);
    List<@Nullable Boolean> alls = new ArrayList<>();
    List<@Nullable Boolean> anys = new ArrayList<>();
    for (Boolean left : truths) {
      for (Boolean right : truths) {
        alls.add(holds(all, left, right));
        anys.add(holds(any, left, right));
      }
    }
    assertThat(alls).containsExactly(true, false, null, false, false, false, null, false, null);
    assertThat(anys).containsExactly(true, true, true, true, false, null, true, null, null);
    assertThat(holds(new Not(some), (Object) null)).isNull();
    assertThat(holds(new Not(some), true)).isFalse();
    assertThat(holds(new Missing(0), (Object) null)).isTrue();
    assertThat(holds(new Missing(0), false)).isFalse();
    assertThat(new RowFilter(List.of(), some).wants(column -> null)).isFalse();
  }

  @Test
  void textsAreTheSameToTheLastCharacter() {
    assertThat(holds(new Text(0, true, "ä"), StringData.fromString("ä"))).isTrue();
    assertThat(holds(new Text(0, true, "a"), StringData.fromString("A"))).isFalse();
    assertThat(holds(new Text(0, false, "a"), StringData.fromString("a "))).isTrue();
    assertThat(holds(new Text(0, false, "a"), (Object) null)).isNull();
  }

  private static ResolvedExpression field(String name, DataType type) {
    return new FieldReferenceExpression(name, type, 0, 0);
  }

  private static ResolvedExpression literal(Object value, DataType type) {
    return new ValueLiteralExpression(value, type.notNull());
  }

  private static ResolvedExpression call(
      BuiltInFunctionDefinition function, ResolvedExpression... of) {
    return CallExpression.permanent(function, List.of(of), DataTypes.BOOLEAN());
  }

  private static final ResolvedExpression N = field("n", DataTypes.BIGINT());
  private static final ResolvedExpression FIVE = literal(5, DataTypes.INT());

  @Test
  void takesWhatItKnowsToSayAsFlinkDoes() {
    FilterTranslation translation = new FilterTranslation(COLUMNS);
    List<ResolvedExpression> known =
        List.of(
            call(BuiltInFunctionDefinitions.LESS_THAN, FIVE, N),
            call(BuiltInFunctionDefinitions.BETWEEN, N, FIVE, literal(9L, DataTypes.BIGINT())),
            call(BuiltInFunctionDefinitions.IN, N, FIVE, literal(7, DataTypes.INT())),
            call(
                BuiltInFunctionDefinitions.EQUALS,
                field("s", DataTypes.STRING()),
                literal("x", DataTypes.CHAR(1))),
            call(
                BuiltInFunctionDefinitions.OR,
                field("b", DataTypes.BOOLEAN()),
                call(BuiltInFunctionDefinitions.IS_NULL, field("d", DataTypes.DECIMAL(5, 2)))));
    assertThat(known).allMatch(translation::take);
    RowFilter filter = translation.filter().orElseThrow();
    assertThat(filter.columns())
        .extracting(DeclaredColumn::name)
        .containsExactly("n", "s", "b", "d");
    StringData x = StringData.fromString("x");
    assertThat(wanted(filter, 7L, x, true, 1)).isTrue();
    assertThat(wanted(filter, 7L, x, false, null)).isTrue();
    assertThat(wanted(filter, 7L, x, false, 1)).isFalse();
    assertThat(wanted(filter, 7L, x, null, 1)).isFalse();
    assertThat(wanted(filter, 5L, x, true, 1)).isFalse();
    assertThat(wanted(filter, 9L, x, true, 1)).isFalse();
    assertThat(wanted(filter, 7L, StringData.fromString("X"), true, 1)).isFalse();
  }

  private static boolean wanted(RowFilter filter, @Nullable Object... values) {
    return filter.wants(column -> values[column]);
  }

  /** Of half a disjunction nothing is taken, and metadata are no columns of the database. */
  @Test
  void leavesTheRestToFlink() {
    FilterTranslation translation = new FilterTranslation(COLUMNS);
    ResolvedExpression text = field("s", DataTypes.STRING());
    ResolvedExpression padded = field("c", DataTypes.CHAR(3));
    ResolvedExpression decimal = field("d", DataTypes.DECIMAL(5, 2));
    ResolvedExpression x = literal("x", DataTypes.CHAR(1));
    List<ResolvedExpression> unknown =
        List.of(
            call(BuiltInFunctionDefinitions.LESS_THAN, text, x),
            call(BuiltInFunctionDefinitions.LIKE, text, x),
            call(BuiltInFunctionDefinitions.EQUALS, padded, x),
            call(BuiltInFunctionDefinitions.EQUALS, decimal, FIVE),
            call(BuiltInFunctionDefinitions.EQUALS, N, N),
            call(BuiltInFunctionDefinitions.EQUALS, field("ordinal", DataTypes.BIGINT()), FIVE),
            call(
                BuiltInFunctionDefinitions.EQUALS,
                N,
                new ValueLiteralExpression(null, DataTypes.BIGINT())),
            call(
                BuiltInFunctionDefinitions.OR,
                call(BuiltInFunctionDefinitions.EQUALS, N, FIVE),
                call(BuiltInFunctionDefinitions.LIKE, text, x)));
    assertThat(unknown).noneMatch(translation::take);
    assertThat(translation.filter()).isEmpty();
  }
}
