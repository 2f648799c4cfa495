package io.tidemark.database.postgres.catalog;

import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Place;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.TableDefinition;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The order in which tables can be made: each after those that it belongs to, inherits from or
 * takes a row type from; by name where that leaves a choice. Single use, one thread.
 */
final class TableOrder {

  private final Map<TableId, TableDefinition> tables;
  private final Map<TableId, TableDefinition> done = new LinkedHashMap<>();
  private final Set<TableId> begun = new HashSet<>();

  TableOrder(Map<TableId, TableDefinition> tables) {
    this.tables = tables;
  }

  List<TableDefinition> sorted() {
    tables.keySet().stream().sorted().forEach(this::visit);
    return List.copyOf(done.values());
  }

  private void visit(TableId id) {
    TableDefinition table = tables.get(id);
    if (table == null || !begun.add(id)) {
      return;
    }
    List<TableId> before = new ArrayList<>(table.rowTypes());
    if (table.place() instanceof Place.PartitionOf partition) {
      before.add(partition.parent());
    } else if (table.place() instanceof Place.Standalone standalone) {
      before.addAll(standalone.parents());
    }
    before.forEach(this::visit);
    done.put(id, table);
  }
}
