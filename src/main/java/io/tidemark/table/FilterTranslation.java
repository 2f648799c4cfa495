package io.tidemark.table;

import io.tidemark.table.RowFilter.Condition;
import io.tidemark.table.RowFilter.Operator;
import io.tidemark.table.TableScan.DeclaredColumn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.table.expressions.CallExpression;
import org.apache.flink.table.expressions.FieldReferenceExpression;
import org.apache.flink.table.expressions.ResolvedExpression;
import org.apache.flink.table.expressions.ValueLiteralExpression;
import org.apache.flink.table.functions.BuiltInFunctionDefinitions;
import org.apache.flink.table.functions.FunctionDefinition;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/**
 * Makes conditions of the planner's filters, as far as they are of the kinds of which {@link
 * RowFilter} is known to say what Flink says. Used by one thread, for one scan.
 */
final class FilterTranslation {

  private static final Map<FunctionDefinition, Operator> COMPARISONS =
      Map.of(
          BuiltInFunctionDefinitions.EQUALS,
          Operator.EQUAL,
          BuiltInFunctionDefinitions.NOT_EQUALS,
          Operator.UNEQUAL,
          BuiltInFunctionDefinitions.LESS_THAN,
          Operator.LESS,
          BuiltInFunctionDefinitions.LESS_THAN_OR_EQUAL,
          Operator.AT_MOST,
          BuiltInFunctionDefinitions.GREATER_THAN,
          Operator.GREATER,
          BuiltInFunctionDefinitions.GREATER_THAN_OR_EQUAL,
          Operator.AT_LEAST);

  private final Map<String, DeclaredColumn> declared;
  private final Map<String, Integer> places = new LinkedHashMap<>();
  private final List<Condition> taken = new ArrayList<>();

  /**
   * @param declared the columns that the database has
   */
  FilterTranslation(List<DeclaredColumn> declared) {
    this.declared =
        declared.stream().collect(Collectors.toMap(DeclaredColumn::name, Function.identity()));
  }

  /** Whether the filter is one that is taken; then it is one of {@link #filter}. */
  boolean take(ResolvedExpression filter) {
    Optional<Condition> condition = condition(filter);
    condition.ifPresent(taken::add);
    return condition.isPresent();
  }

  /** All that were taken; empty if none was. */
  Optional<RowFilter> filter() {
    return taken.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new RowFilter(
                places.keySet().stream().map(declared::get).toList(),
                new RowFilter.Joined(true, taken)));
  }

  private Optional<Condition> condition(ResolvedExpression filter) {
    if (filter instanceof FieldReferenceExpression) {
      return column(filter, LogicalTypeRoot.BOOLEAN).map(RowFilter.Flag::new);
    }
    if (!(filter instanceof CallExpression call)) {
      return Optional.empty();
    }
    FunctionDefinition function = call.getFunctionDefinition();
    List<ResolvedExpression> of = call.getResolvedChildren();
    Operator operator = COMPARISONS.get(function);
    if (operator != null) {
      return comparison(operator, of.get(0), of.get(1))
          .or(() -> comparison(operator.flipped(), of.get(1), of.get(0)));
    }
    if (function.equals(BuiltInFunctionDefinitions.AND)
        || function.equals(BuiltInFunctionDefinitions.OR)) {
      return joined(
          function.equals(BuiltInFunctionDefinitions.AND), of.stream().map(this::condition));
    }
    if (function.equals(BuiltInFunctionDefinitions.NOT)) {
      return condition(of.get(0)).map(RowFilter.Not::new);
    }
    if (function.equals(BuiltInFunctionDefinitions.IS_NULL)) {
      return column(of.get(0)).map(RowFilter.Missing::new);
    }
    if (function.equals(BuiltInFunctionDefinitions.IS_NOT_NULL)) {
      return column(of.get(0)).map(column -> new RowFilter.Not(new RowFilter.Missing(column)));
    }
    if (function.equals(BuiltInFunctionDefinitions.IN)) {
      return joined(
          false, of.stream().skip(1).map(value -> comparison(Operator.EQUAL, of.get(0), value)));
    }
    if (function.equals(BuiltInFunctionDefinitions.BETWEEN)) {
      return joined(
          true,
          Stream.of(
              comparison(Operator.AT_LEAST, of.get(0), of.get(1)),
              comparison(Operator.AT_MOST, of.get(0), of.get(2))));
    }
    return Optional.empty();
  }

  /** Only if each of them is one. */
  private static Optional<Condition> joined(boolean isAll, Stream<Optional<Condition>> conditions) {
    List<Optional<Condition>> all = conditions.toList();
    return all.stream().allMatch(Optional::isPresent)
        ? Optional.of(new RowFilter.Joined(isAll, all.stream().map(Optional::orElseThrow).toList()))
        : Optional.empty();
  }

  private Optional<Condition> comparison(
      Operator operator, ResolvedExpression left, ResolvedExpression right) {
    if (!(right instanceof ValueLiteralExpression literal)) {
      return Optional.empty();
    }
    LogicalType type = literal.getOutputDataType().getLogicalType();
    if (type.is(LogicalTypeFamily.INTEGER_NUMERIC)) {
      return value(literal, Number.class)
          .flatMap(
              number ->
                  columnOf(left, LogicalTypeFamily.INTEGER_NUMERIC)
                      .map(
                          column ->
                              new RowFilter.WholeNumber(column, operator, number.longValue())));
    }
    boolean isText =
        type.is(LogicalTypeFamily.CHARACTER_STRING)
            && (operator == Operator.EQUAL || operator == Operator.UNEQUAL);
    if (isText) {
      // A CHAR is compared by Flink as it is, too, but as what its length makes of it.
      return value(literal, String.class)
          .flatMap(
              text ->
                  column(left, LogicalTypeRoot.VARCHAR)
                      .map(column -> new RowFilter.Text(column, operator == Operator.EQUAL, text)));
    }
    return Optional.empty();
  }

  /** As the planner made it, which is null for NULL. */
  private static <T> Optional<T> value(ValueLiteralExpression literal, Class<T> wanted) {
    Class<?> made = literal.getOutputDataType().getConversionClass();
    return literal.getValueAs(made).filter(wanted::isInstance).map(wanted::cast);
  }

  private Optional<Integer> column(ResolvedExpression expression, LogicalTypeRoot root) {
    return named(expression).filter(column -> column.type().is(root)).map(this::place);
  }

  private Optional<Integer> columnOf(ResolvedExpression expression, LogicalTypeFamily family) {
    return named(expression).filter(column -> column.type().is(family)).map(this::place);
  }

  private Optional<Integer> column(ResolvedExpression expression) {
    return named(expression).map(this::place);
  }

  /** A metadata column is none that the database has. */
  private Optional<DeclaredColumn> named(ResolvedExpression expression) {
    return expression instanceof FieldReferenceExpression field
        ? Optional.ofNullable(declared.get(field.getName()))
        : Optional.empty();
  }

  private Integer place(DeclaredColumn column) {
    Integer known = places.get(column.name());
    if (known != null) {
      return known;
    }
    int place = places.size();
    places.put(column.name(), place);
    return place;
  }
}
