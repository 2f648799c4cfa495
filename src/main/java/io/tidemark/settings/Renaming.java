package io.tidemark.settings;

import io.tidemark.schema.TableId;
import java.io.Serializable;
import java.util.Map;

/**
 * What tables are called at the target.
 *
 * @param tables new names of single tables; these go before {@code schemas}
 * @param schemas new names of whole schemas
 */
public record Renaming(Map<TableId, TableId> tables, Map<String, String> schemas)
    implements Serializable {

  public Renaming {
    tables = Map.copyOf(tables);
    schemas = Map.copyOf(schemas);
  }

  /** Every table keeps its name. */
  public static Renaming none() {
    return new Renaming(Map.of(), Map.of());
  }

  /** The target's name of a table, sequence or type of the source. */
  public TableId targetOf(TableId source) {
    TableId table = tables.get(source);
    return table != null
        ? table
        : new TableId(schemas.getOrDefault(source.schema(), source.schema()), source.name());
  }
}
