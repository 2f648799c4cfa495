package io.tidemark.database.mysql.ddl;

import io.tidemark.schema.TableId;
import java.io.Serializable;
import java.util.List;
import java.util.Set;

/**
 * How a table is made at the target: first what the copy needs, and what is built after it.
 *
 * @param id its name at the target
 * @param create makes it with its primary key, and without what follows
 * @param columns that it must have
 * @param indexes secondary ones
 * @param foreignKeys to be added when all indexes are there
 */
public record TablePlan(
    TableId id,
    String create,
    Set<String> columns,
    List<Addition> indexes,
    List<Addition> foreignKeys)
    implements Serializable {

  public TablePlan {
    columns = Set.copyOf(columns);
    indexes = List.copyOf(indexes);
    foreignKeys = List.copyOf(foreignKeys);
  }

  /**
   * What ALTER TABLE adds.
   *
   * @param name of the index or constraint
   * @param clause {@code ADD KEY `a` (`b`)}
   */
  public record Addition(String name, String clause) implements Serializable {}
}
