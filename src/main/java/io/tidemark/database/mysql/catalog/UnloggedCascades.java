package io.tidemark.database.mysql.catalog;

import io.tidemark.database.PortableSchema.Action;
import io.tidemark.database.PortableSchema.ForeignKey;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.ServerVersion;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which foreign keys change rows of their own table, and whether the binary log has what they
 * change.
 */
public final class UnloggedCascades {

  private static final String BY_THE_ENGINE = "innodb_native_foreign_keys";

  private static final Set<Action> CHANGING =
      Set.of(Action.CASCADE, Action.SET_NULL, Action.SET_DEFAULT);

  private UnloggedCascades() {}

  /**
   * A foreign key by which the server changes rows of the table that has it.
   *
   * @param told whether the log shows every update of the key that it references, because those
   *     columns are copied
   */
  public record Cascade(ForeignKey key, boolean told) {

    /** Whether rows may be changed by it while no event that is read says so. */
    public boolean isSilent() {
      return deletes() || !told;
    }

    /** Whether it does when a referenced row is deleted, and not only when its key is updated. */
    public boolean deletes() {
      return CHANGING.contains(key.onDelete());
    }

    /** Whether it does when the key of a referenced row is updated. */
    public boolean updates() {
      return CHANGING.contains(key.onUpdate());
    }

    /** What it is, as the beginning of a sentence. */
    public String problem() {
      return "foreign key "
          + key.name()
          + (deletes()
              ? " is ON DELETE " + key.onDelete()
              : " is ON UPDATE "
                  + key.onUpdate()
                  + (told
                      ? ""
                      : ", and the key that it references, in table "
                          + key.referenced()
                          + ", is not copied"));
    }

    /** What to do about it. */
    public String remedy(TableId table) {
      return "ALTER TABLE "
          + Identifiers.quote(table)
          + " DROP FOREIGN KEY "
          + Identifiers.quote(key.name())
          + " and add it again with "
          + (deletes()
              ? "ON DELETE RESTRICT"
              : "ON UPDATE RESTRICT; or copy table " + key.referenced() + " too, with that key")
          + "; or exclude the table: \"!"
          + table
          + "\"";
    }
  }

  /**
   * Those of a table.
   *
   * @param copied all tables of which the log's rows are read, each with its copied columns
   */
  public static List<Cascade> of(MySqlQueries queries, TableId table, List<Table> copied) {
    boolean anyCase = anyCase(queries);
    return ForeignKeyClauses.of(table, SchemaReader.createStatement(queries, table)).stream()
        .filter(key -> CHANGING.contains(key.onDelete()) || CHANGING.contains(key.onUpdate()))
        .map(key -> new Cascade(key, copied.stream().anyMatch(one -> hasKey(one, key, anyCase))))
        .toList();
  }

  private static boolean hasKey(Table table, ForeignKey key, boolean anyCase) {
    return isSame(table.id(), key.referenced(), anyCase)
        && key.referencedColumns().stream()
            .allMatch(
                name -> table.columns().stream().anyMatch(c -> c.name().equalsIgnoreCase(name)));
  }

  /** Whether two names are of one table; columns' names are the same in any case. */
  public static boolean isSame(TableId one, TableId other, boolean anyCase) {
    return anyCase
        ? one.schema().equalsIgnoreCase(other.schema()) && one.name().equalsIgnoreCase(other.name())
        : one.equals(other);
  }

  /**
   * Whether letter case is passed over in the names of databases and tables (MySQL manual, 11.2.3:
   * 0 is as written; 1 in lower case; 2 as written and compared in lower case).
   */
  public static boolean anyCase(MySqlQueries queries) {
    return !queries.variable("lower_case_table_names").orElse("0").equals("0");
  }

  /**
   * Why it has not; empty if it has. InnoDB changes such rows below the log (MySQL manual,
   * 15.1.24.5); from MySQL 9.6 on the server changes them itself, and logs it, unless it is told to
   * leave it to InnoDB.
   */
  public static Optional<String> reason(MySqlQueries queries) {
    ServerVersion version = queries.version();
    if (version.isMariaDb()) {
      return Optional.of("rows that MariaDB changes by it are not in its binary log");
    }
    if (!version.isAtLeast(9, 6)) {
      return Optional.of(
          "rows that "
              + version
              + " changes by it are not in its binary log (they are from MySQL 9.6"
              + " on)");
    }
    boolean byTheEngine =
        queries
            .variable(BY_THE_ENGINE)
            .map(value -> value.equalsIgnoreCase("ON") || value.equals("1"))
            .orElse(false);
    return byTheEngine
        ? Optional.of(
            "rows that the server changes by it are not in its binary log, because "
                + BY_THE_ENGINE
                + " is ON")
        : Optional.empty();
  }
}
