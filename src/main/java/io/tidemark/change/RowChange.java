package io.tidemark.change;

import io.tidemark.schema.Table;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One change inside a source transaction. */
public sealed interface RowChange {

  /** What the change weighs in memory, in bytes, within a constant. */
  long weight();

  /** A row that was not there before. Complete. */
  record Insert(Table table, Row row) implements RowChange {
    @Override
    public long weight() {
      return row.weight();
    }
  }

  /** A row that was there and is now different. */
  final class Update implements RowChange {
    private final Table table;
    private final @Nullable Row before;
    private final Row after;

    /**
     * @param before the old values that the log carried: all of them, or those of the key; empty if
     *     the key is unchanged and no more is known
     * @param after the new values; absent fields are unchanged
     */
    public Update(Table table, Optional<Row> before, Row after) {
      this.table = table;
      this.before = before.orElse(null);
      this.after = after;
    }

    /** The table by the description that the new values came with. */
    public Table table() {
      return table;
    }

    /**
     * The old values, as far as the log carried them; empty if the key is unchanged and no more is
     * known.
     */
    public Optional<Row> before() {
      return Optional.ofNullable(before);
    }

    /** The new values; absent fields are unchanged. */
    public Row after() {
      return after;
    }

    /** Whether the log says that the bytes of a key column changed. */
    public boolean changesKey() {
      if (before == null) {
        return false;
      }
      for (int field : table.keyIndexes()) {
        if (!sameBytes(before, after, field)) {
          return true;
        }
      }
      return false;
    }

    /**
     * What names the row to change: with a key, the key's old values, of which the log leaves out
     * those that are unchanged; without one, whatever is known of the old row.
     */
    public Row found() {
      Row old = before == null ? after : before;
      return table.key().isEmpty() ? old : old.completedFrom(after);
    }

    /** The fields that are given new values: the key's only if it changes, or there is none. */
    public BitSet assigned() {
      return table.key().isEmpty() || changesKey()
          ? after.presentFields()
          : after.presentFieldsExcept(table.keyIndexes());
    }

    private static boolean sameBytes(Row before, Row after, int field) {
      if (!before.isPresent(field) || !after.isPresent(field)) {
        return true;
      }
      return before.hasSame(field, after);
    }

    @Override
    public long weight() {
      return after.weight() + (before == null ? 0 : before.weight());
    }

    @Override
    public String toString() {
      return "Update[table=" + table + ", before=" + before + ", after=" + after + "]";
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Update update
          && table.equals(update.table)
          && before().equals(update.before())
          && after.equals(update.after);
    }

    @Override
    public int hashCode() {
      return after.hashCode();
    }
  }

  /**
   * A row that is gone.
   *
   * @param before its key, or the whole old row where the table has no key
   */
  record Delete(Table table, Row before) implements RowChange {
    @Override
    public long weight() {
      return before.weight();
    }
  }

  /**
   * A row that came, or is as it is now, if the target has not got it with a copy already: it takes
   * the place of whatever row has its key. Complete; the table has a key.
   */
  record Put(Table table, Row row) implements RowChange {
    @Override
    public long weight() {
      return row.weight();
    }
  }

  /**
   * A row that is gone, unless the target has got a copy without it already. The table has a key.
   *
   * @param before its key at least
   */
  record Remove(Table table, Row before) implements RowChange {
    @Override
    public long weight() {
      return before.weight();
    }
  }

  /** All rows of these tables are gone, in one statement of the source. */
  record Truncate(List<Table> tables) implements RowChange {
    public Truncate {
      tables = List.copyOf(tables);
    }

    @Override
    public long weight() {
      return 64L * tables.size();
    }
  }

  /**
   * All rows of a key range are gone: a truncate of a table of which only a part was meant.
   *
   * @param spared keys whose rows, if they are in the range, stay
   */
  record Clear(Table table, KeyRange range, List<Key> spared) implements RowChange {
    public Clear {
      spared = List.copyOf(spared);
    }

    @Override
    public long weight() {
      return 64;
    }
  }

  /**
   * A row that came into a copied range with a value that the log does not carry. Nothing is
   * written of it; the ledger notes that this key has to be copied again, and its further changes
   * are left out until then.
   */
  record Reopen(Table table, Key key) implements RowChange {
    @Override
    public long weight() {
      return 64;
    }
  }

  /**
   * A copied range of a table with more such rows than are kept one by one is given up. The ledger
   * forgets that it was copied, and every key of the table that has to be copied again or has been;
   * a {@link Clear} that follows takes its rows away. Changes in it are left out until it is copied
   * anew.
   */
  record Uncover(Table table, KeyRange.Between range) implements RowChange {
    @Override
    public long weight() {
      return 64;
    }
  }
}
