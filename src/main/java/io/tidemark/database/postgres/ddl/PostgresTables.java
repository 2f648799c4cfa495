package io.tidemark.database.postgres.ddl;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.CollationDefinition;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.ColumnName;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Extension;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.OwnedSequence;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Place;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.TableDefinition;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.UserType;
import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresErrors;
import io.tidemark.database.postgres.session.PostgresSessions;
import io.tidemark.database.postgres.session.StreamTarget;
import io.tidemark.schema.TableId;
import io.tidemark.settings.ExistingRows;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Makes the target's tables ready for the copy. */
public final class PostgresTables {

  /**
   * A table with its key, its large values and theirs takes up to eight locks, and a server with
   * its usual settings has room for 6,400 (manual, 19.12, {@code max_locks_per_transaction}).
   */
  private static final int STATEMENTS_AT_ONCE = 200;

  private final StreamTarget target;
  private final PostgresSchemaDescription description;
  private final ExistingRows existing;

  /**
   * Opens no connection yet.
   *
   * @param existing what becomes of rows that the tables hold
   */
  public PostgresTables(
      StreamTarget target, PostgresSchemaDescription description, ExistingRows existing) {
    this.target = target;
    this.description = description;
    this.existing = existing;
  }

  /**
   * Makes the schemas, extensions, types, sequences and tables that are missing, and takes those
   * that are there as they are: in one transaction, or in several where one would hold more locks
   * than a server has room for. What is begun is gone on with the next time; does nothing when all
   * is there.
   *
   * <p>Only for a stream that has copied nothing yet: rows that tables hold are an error or are
   * removed.
   *
   * @throws DatabaseException fatal, if a table is there in another shape, or holds rows that may
   *     not be removed
   */
  public void create() {
    try (Connection connection =
        PostgresSessions.openPatient(target.connection(), "tidemark-tables:" + target.stream())) {
      connection.setAutoCommit(false);
      create(connection);
      connection.commit();
    } catch (SQLException e) {
      throw PostgresErrors.classify("making the tables of the target", e);
    }
  }

  /** Two jobs that start at the same time must not find the same things missing. */
  private static void lock(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('tidemark tables',"
              + " 0))");
    }
  }

  private void create(Connection connection) throws SQLException {
    lock(connection);
    TargetNames names =
        new TargetNames(target.renaming(), description, TargetCatalog.extensionSchemas(connection));
    TargetCatalog catalog = TargetCatalog.read(connection, targetSchemas(names, description));
    List<TableDefinition> present = new ArrayList<>();
    List<TableDefinition> missing = new ArrayList<>();
    split(names, catalog, present, missing);
    requireShape(connection, names, catalog, present);
    clear(connection, names, present);
    int executed = 0;
    for (List<String> whole : statements(names, catalog, missing)) {
      if (executed > 0 && executed + whole.size() > STATEMENTS_AT_ONCE) {
        connection.commit();
        lock(connection);
        executed = 0;
      }
      for (String sql : whole) {
        execute(connection, sql);
      }
      executed += whole.size();
    }
  }

  /** The schemas of the target in which anything of the description lies. */
  public static Collection<String> targetSchemas(
      TargetNames names, PostgresSchemaDescription description) {
    Set<String> schemas = new TreeSet<>();
    description.tables().forEach(table -> schemas.add(names.of(table.id()).schema()));
    description.types().forEach(type -> schemas.add(names.of(type.id()).schema()));
    description.collations().forEach(item -> schemas.add(names.of(item.id()).schema()));
    description.sequences().forEach(item -> schemas.add(names.of(item.sequence().id()).schema()));
    description.extensions().forEach(item -> schemas.add(names.extensionSchema(item)));
    return schemas;
  }

  /**
   * A table that is there is taken as it is, with the partitions that it has: it may well be
   * partitioned in another way than the source's, or not at all.
   */
  private void split(
      TargetNames names,
      TargetCatalog catalog,
      List<TableDefinition> present,
      List<TableDefinition> missing) {
    Set<TableId> made = new HashSet<>();
    for (TableDefinition table : description.tables()) {
      boolean there = catalog.relation(names.of(table.id())).isPresent();
      if (there && !table.partition()) {
        present.add(table);
      } else if (!(table.place() instanceof Place.PartitionOf partition)) {
        made.add(table.id());
        missing.add(table);
      } else if (made.contains(partition.parent())) {
        made.add(table.id());
        missing.add(table);
      }
    }
  }

  private void requireShape(
      Connection connection,
      TargetNames names,
      TargetCatalog catalog,
      List<TableDefinition> present)
      throws SQLException {
    List<Long> oids =
        present.stream()
            .map(table -> catalog.relation(names.of(table.id())).orElseThrow().oid())
            .toList();
    TableShape shape = TableShape.read(connection, names, description, oids);
    List<String> problems = new ArrayList<>();
    for (TableDefinition table : present) {
      TableId id = names.of(table.id());
      List<String> differences = shape.differences(table, catalog.relation(id).orElseThrow());
      if (!differences.isEmpty()) {
        problems.add(TableShape.sentence(id, differences));
      }
    }
    if (!problems.isEmpty()) {
      throw new DatabaseException(
          Kind.FATAL,
          String.join("\n", problems)
              + "\nChange what differs, drop the table (it is made anew), or rename it on the way.");
    }
  }

  private void clear(Connection connection, TargetNames names, List<TableDefinition> present)
      throws SQLException {
    List<String> filled = new ArrayList<>();
    for (int i = 0; i < present.size(); i++) {
      if (i > 0 && i % STATEMENTS_AT_ONCE == 0) {
        connection.commit();
        lock(connection);
      }
      String name = names.quoted(present.get(i).id());
      if (CatalogQuery.exists(connection, "SELECT FROM " + name + " LIMIT 1")) {
        filled.add(name);
      }
    }
    if (filled.isEmpty()) {
      return;
    }
    if (existing == ExistingRows.FAIL) {
      throw new DatabaseException(
          Kind.FATAL,
          "tables of the target hold rows already: "
              + String.join(", ", filled)
              + ". Empty them, or let the job do so with target.existing: truncate.");
    }
    // All at once, so that foreign keys among them do not stand in the way.
    execute(connection, "TRUNCATE " + String.join(", ", all(names, present)));
  }

  private static List<String> all(TargetNames names, List<TableDefinition> present) {
    return present.stream().map(table -> names.quoted(table.id())).toList();
  }

  /** What is to be executed, in order; each list of it in one transaction. */
  private List<List<String>> statements(
      TargetNames names, TargetCatalog catalog, List<TableDefinition> missing) {
    SchemaStatements statements = new SchemaStatements(names);
    List<List<String>> all = new ArrayList<>();
    all.add(surroundings(names, catalog, statements));
    description.sequences().stream()
        .filter(sequence -> isMissing(sequence, names, catalog))
        .forEach(sequence -> all.add(List.of(statements.createSequence(sequence.sequence()))));
    Map<TableId, List<OwnedSequence>> owned = new HashMap<>();
    for (OwnedSequence sequence : description.sequences()) {
      for (ColumnName owner : sequence.ownerColumn()) {
        owned.computeIfAbsent(owner.table(), table -> new ArrayList<>()).add(sequence);
      }
    }
    Set<TableId> parents = new HashSet<>();
    missing.forEach(table -> parents.addAll(parents(table)));
    List<TableDefinition> related = new ArrayList<>();
    for (TableDefinition table : missing) {
      if (parents.contains(table.id()) || !parents(table).isEmpty()) {
        related.add(table);
      } else {
        all.add(made(List.of(table), statements, owned));
      }
    }
    List<String> last = made(related, statements, owned);
    owned.values().stream()
        .flatMap(List::stream)
        .filter(sequence -> isMissing(sequence, names, catalog))
        .forEach(sequence -> statements.ownSequence(sequence).ifPresent(last::add));
    all.add(last);
    return all;
  }

  /** What the tables are in, and made of. */
  private List<String> surroundings(
      TargetNames names, TargetCatalog catalog, SchemaStatements statements) {
    List<String> sql = new ArrayList<>();
    for (String schema : targetSchemas(names, description)) {
      if (!catalog.hasSchema(schema)) {
        sql.add("CREATE SCHEMA " + Identifiers.quote(schema));
      }
    }
    for (Extension extension : description.extensions()) {
      if (!catalog.hasExtension(extension.name())) {
        sql.add(statements.createExtension(extension));
      }
    }
    for (CollationDefinition collation : description.collations()) {
      if (!catalog.hasCollation(names.of(collation.id()))) {
        sql.add(statements.createCollation(collation));
      }
    }
    for (UserType type : description.types()) {
      if (catalog.type(names.of(type.id())).isEmpty()) {
        sql.add(statements.createType(type));
      }
    }
    return sql;
  }

  private static boolean isMissing(
      OwnedSequence sequence, TargetNames names, TargetCatalog catalog) {
    return catalog.relation(names.of(sequence.sequence().id())).isEmpty();
  }

  private static List<TableId> parents(TableDefinition table) {
    return table.place() instanceof Place.PartitionOf partition
        ? List.of(partition.parent())
        : ((Place.Standalone) table.place()).parents();
  }

  /**
   * Tables with their keys, and whose they are.
   *
   * @param owned the sequences by the table that owns them; those of the tables are taken out
   */
  private static List<String> made(
      List<TableDefinition> tables,
      SchemaStatements statements,
      Map<TableId, List<OwnedSequence>> owned) {
    List<String> sql = new ArrayList<>();
    for (TableDefinition table : tables) {
      sql.add(statements.createTable(table));
      sql.addAll(statements.createKeyIndexes(table));
    }
    for (TableDefinition table : tables) {
      sql.addAll(statements.place(table));
      Optional.ofNullable(owned.remove(table.id())).stream()
          .flatMap(List::stream)
          .forEach(sequence -> statements.ownSequence(sequence).ifPresent(sql::add));
    }
    return sql;
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw PostgresErrors.classify("making the tables of the target with \"" + sql + "\"", e);
    }
  }
}
