package io.tidemark.database.mysql.ddl;

import io.tidemark.database.PortableSchema;
import io.tidemark.database.PortableSchema.Action;
import io.tidemark.database.PortableSchema.ForeignKey;
import io.tidemark.database.SchemaDescription;
import io.tidemark.database.mysql.catalog.MySqlSchemaDescription;
import io.tidemark.database.mysql.catalog.MySqlSchemaDescription.TableDefinition;
import io.tidemark.database.mysql.ddl.TablePlan.Addition;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.ServerVersion;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Renaming;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Plans a source's tables for a target. */
public final class TablePlans {

  private static final int MAX_NAME = 64;

  private final Renaming renaming;
  private final Set<String> foreignKeyNames = new HashSet<>();

  private TablePlans(Renaming renaming) {
    this.renaming = renaming;
  }

  /** A source of the same product is followed to the letter, any other one as far as both go. */
  public static List<TablePlan> of(
      SchemaDescription description, ServerVersion server, Renaming renaming) {
    TablePlans plans = new TablePlans(renaming);
    PortableSchema portable = description.portable();
    Optional<MySqlSchemaDescription> own =
        description instanceof MySqlSchemaDescription mysql ? Optional.of(mysql) : Optional.empty();
    boolean same = own.filter(source -> source.server().flavour() == server.flavour()).isPresent();
    ColumnTypes types = types(description, server);
    List<TablePlan> planned = new ArrayList<>();
    for (PortableSchema.TableDefinition table : portable.tables()) {
      TableId id = renaming.targetOf(table.id());
      List<Addition> foreignKeys = plans.foreignKeys(id, table);
      Optional<TableDefinition> definition =
          same
              ? own.orElseThrow().definitionOf(table.id()).filter(TablePlans::isWhole)
              : Optional.empty();
      planned.add(
          definition
              .map(found -> new CreateTableText(found).plan(id, foreignKeys))
              .orElseGet(() -> new PortableTable(table, types).plan(id, foreignKeys)));
    }
    return planned;
  }

  /** Whether every table will be as it is at the source, so that nothing is left out. */
  public static boolean followToTheLetter(MySqlSchemaDescription source, ServerVersion server) {
    return source.server().flavour() == server.flavour()
        && source.tables().stream().allMatch(TablePlans::isWhole);
  }

  private static ColumnTypes types(SchemaDescription description, ServerVersion server) {
    boolean own = description instanceof MySqlSchemaDescription;
    return new ColumnTypes(server, own ? "timestamp" : "datetime");
  }

  /** The type that is made for a column of the source's, however its table is planned. */
  public static String typeOf(
      SchemaDescription description,
      ServerVersion server,
      PortableSchema.TableDefinition table,
      PortableSchema.ColumnDefinition column) {
    return new PortableTable(table, types(description, server)).type(column);
  }

  /** Whether every column of the source travels, or is computed. */
  private static boolean isWhole(TableDefinition definition) {
    return definition.columns().stream()
        .allMatch(
            column ->
                column.generated()
                    || definition.table().columns().stream()
                        .anyMatch(travels -> travels.name().equals(column.name())));
  }

  private List<Addition> foreignKeys(TableId id, PortableSchema.TableDefinition table) {
    List<Addition> additions = new ArrayList<>();
    for (ForeignKey key : table.foreignKeys()) {
      String name = free(id, key.name());
      TableId referenced = renaming.targetOf(key.referenced());
      additions.add(
          new Addition(
              name,
              "ADD CONSTRAINT "
                  + Identifiers.quote(name)
                  + " FOREIGN KEY ("
                  + Identifiers.list(key.columns())
                  + ") REFERENCES "
                  + Identifiers.quote(referenced)
                  + " ("
                  + Identifiers.list(key.referencedColumns())
                  + ")"
                  + action(" ON DELETE ", key.onDelete(), table, key)
                  + action(" ON UPDATE ", key.onUpdate(), table, key)));
    }
    return additions;
  }

  /** Foreign keys share the database's name space here, and their table's elsewhere. */
  private String free(TableId table, String name) {
    String wanted = name;
    for (int number = 1; !foreignKeyNames.add(table.schema() + '/' + wanted); number++) {
      String suffix = "_" + number;
      String stem = table.name() + "_" + name;
      wanted = stem.substring(0, Math.min(stem.length(), MAX_NAME - suffix.length())) + suffix;
    }
    return wanted;
  }

  /**
   * InnoDB refuses SET DEFAULT (what it does is done at the source, and travels as a change), and
   * knows no difference between RESTRICT, NO ACTION and nothing (MySQL manual, 15.1.22.5). It also
   * refuses SET NULL for a column that may not be null. PostgreSQL takes it, and then refuses
   * whatever would set the null: without the action the same is refused.
   */
  private static String action(
      String event, Action action, PortableSchema.TableDefinition table, ForeignKey key) {
    return switch (action) {
      case NO_ACTION, RESTRICT, SET_DEFAULT -> "";
      case CASCADE -> event + "CASCADE";
      case SET_NULL -> mayBeNull(table, key) ? event + "SET NULL" : "";
    };
  }

  private static boolean mayBeNull(PortableSchema.TableDefinition table, ForeignKey key) {
    return table.columns().stream()
        .filter(column -> key.columns().contains(column.name()))
        .allMatch(column -> column.nullable() && !table.primaryKey().contains(column.name()));
  }

  /** The names of the target's databases that the plans need. */
  static List<String> databases(List<TablePlan> plans) {
    return plans.stream().map(plan -> plan.id().schema()).distinct().collect(Collectors.toList());
  }
}
