package io.tidemark.database.postgres.portable;

import io.tidemark.change.Key;
import io.tidemark.change.SequenceValue;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.SourceLookup;
import io.tidemark.database.postgres.catalog.PortableTable;
import io.tidemark.database.postgres.control.PostgresLookup;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Look-ups with keys in the portable encoding. A sequence goes by the name of the table that
 * numbers its rows by it, as other vendors have no other name for it.
 */
final class PortableLookup implements SourceLookup {

  private final PostgresLookup own;
  private final Map<Table, PortableTable> known;

  PortableLookup(PostgresLookup own, Map<Table, PortableTable> known) {
    this.own = own;
    this.known = known;
  }

  @Override
  public SnapshotPosition visible() {
    return own.visible();
  }

  @Override
  public int[] locate(Table table, List<Key> keys, List<Key> bounds) {
    PortableTable there = known.get(table);
    if (there == null) {
      throw PortableTable.altered(table);
    }
    return own.locate(
        there.own(),
        keys.stream().map(there::own).toList(),
        bounds.stream().map(there::own).toList());
  }

  @Override
  public List<SequenceValue> sequences() {
    Map<TableId, SequenceValue> bySequence = new HashMap<>();
    own.sequences().forEach(value -> bySequence.put(value.sequence(), value));
    List<SequenceValue> values = new ArrayList<>();
    own.numberedTables()
        .forEach(
            (table, sequence) ->
                Optional.ofNullable(bySequence.get(sequence))
                    .ifPresent(
                        value ->
                            values.add(
                                new SequenceValue(table, value.lastValue(), value.isCalled()))));
    return values;
  }

  @Override
  public void nudgeLog() {
    own.nudgeLog();
  }

  @Override
  public void close() {
    own.close();
  }
}
