package io.tidemark.table;

import io.tidemark.table.TableScan.DeclaredColumn;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which rows of a table a statement wants, as far as that is decided before rows are made for
 * Flink. What it says of a row is what Flink would say: values are compared as those of the
 * declared types, and not by the database. Immutable.
 *
 * @param columns those that it looks at, named by their places in conditions
 */
record RowFilter(List<DeclaredColumn> columns, Condition condition) implements Serializable {

  private static final long serialVersionUID = 1L;

  RowFilter {
    columns = List.copyOf(columns);
  }

  /** A row's values, in Flink's internal form. */
  interface Values {

    /** Of the column at this place. */
    @Nullable Object of(int column);
  }

  /** How two values are compared. */
  enum Operator {
    EQUAL {
      @Override
      boolean holds(int order) {
        return order == 0;
      }
    },
    UNEQUAL {
      @Override
      boolean holds(int order) {
        return order != 0;
      }
    },
    LESS {
      @Override
      boolean holds(int order) {
        return order < 0;
      }
    },
    AT_MOST {
      @Override
      boolean holds(int order) {
        return order <= 0;
      }
    },
    GREATER {
      @Override
      boolean holds(int order) {
        return order > 0;
      }
    },
    AT_LEAST {
      @Override
      boolean holds(int order) {
        return order >= 0;
      }
    };

    /**
     * @param order of the left one to the right one, as a comparator has it
     */
    abstract boolean holds(int order);

    /** The same with the sides exchanged. */
    Operator flipped() {
      return switch (this) {
        case EQUAL, UNEQUAL -> this;
        case LESS -> GREATER;
        case AT_MOST -> AT_LEAST;
        case GREATER -> LESS;
        case AT_LEAST -> AT_MOST;
      };
    }
  }

  /** In SQL's logic of three values, of which null is the unknown one. */
  sealed interface Condition extends Serializable {

    @Nullable Boolean holds(Values values);
  }

  /** A whole number against another. */
  record WholeNumber(int column, Operator operator, long number) implements Condition {
    @Override
    public @Nullable Boolean holds(Values values) {
      Object value = values.of(column);
      return value == null
          ? null
          : (Boolean) operator.holds(Long.compare(((Number) value).longValue(), number));
    }
  }

  /** A text that is another one to the last character, or is not. */
  record Text(int column, boolean isSame, String text) implements Condition {
    @Override
    public @Nullable Boolean holds(Values values) {
      Object value = values.of(column);
      return value == null ? null : (Boolean) (value.toString().equals(text) == isSame);
    }
  }

  /** A truth value by itself. */
  record Flag(int column) implements Condition {
    @Override
    public @Nullable Boolean holds(Values values) {
      return (Boolean) values.of(column);
    }
  }

  /** Whether there is a value. */
  record Missing(int column) implements Condition {
    @Override
    public Boolean holds(Values values) {
      return values.of(column) == null;
    }
  }

  /** The opposite; of the unknown it is that. */
  record Not(Condition condition) implements Condition {
    @Override
    public @Nullable Boolean holds(Values values) {
      Boolean holds = condition.holds(values);
      return holds == null ? null : (Boolean) !holds;
    }
  }

  /** Whether all of some hold, or one of them. */
  record Joined(boolean isAll, List<Condition> conditions) implements Condition {
    Joined {
      conditions = List.copyOf(conditions);
    }

    @Override
    public @Nullable Boolean holds(Values values) {
      Boolean joined = isAll;
      for (Condition condition : conditions) {
        Boolean holds = condition.holds(values);
        if (Objects.equals(holds, !isAll)) {
          return !isAll;
        }
        joined = holds == null ? null : joined;
      }
      return joined;
    }
  }

  /** Whether the row is wanted: what is unknown is not. */
  boolean wants(Values values) {
    return Boolean.TRUE.equals(condition.holds(values));
  }
}
