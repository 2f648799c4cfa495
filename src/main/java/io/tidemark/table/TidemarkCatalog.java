package io.tidemark.table;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.SourceDatabase.ListedTable;
import io.tidemark.schema.Column;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.CatalogBaseTable;
import org.apache.flink.table.catalog.CatalogDatabase;
import org.apache.flink.table.catalog.CatalogTable;
import org.apache.flink.table.catalog.ObjectPath;
import org.apache.flink.table.catalog.exceptions.CatalogException;
import org.apache.flink.table.catalog.exceptions.DatabaseNotExistException;
import org.apache.flink.table.catalog.exceptions.TableNotExistException;
import org.apache.flink.table.catalog.stats.CatalogTableStatistics;
import org.apache.flink.table.factories.Factory;
import org.apache.flink.table.types.DataType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The databases and tables of a live server as they are at every question: nothing is kept from one
 * to the next, no connection either. Tables are called {@code schema.table} where a database has
 * schemas. May be asked by any thread.
 */
final class TidemarkCatalog extends ReadOnlyCatalog {

  private static final Logger LOG = LoggerFactory.getLogger(TidemarkCatalog.class);

  /** The schema of a table that is named without one, as in the database itself. */
  private static final String USUAL_SCHEMA = "public";

  private final CatalogServer server;
  private final CatalogTableFactory factory;

  /** What has been said already of columns that are left out: at most one for each column. */
  private final Set<String> mentioned = ConcurrentHashMap.newKeySet();

  TidemarkCatalog(String name, String defaultDatabase, CatalogServer server) {
    super(name, defaultDatabase);
    this.server = server;
    this.factory = new CatalogTableFactory(this, server);
  }

  @Override
  public Optional<Factory> getFactory() {
    return Optional.of(factory);
  }

  /**
   * @throws ValidationException if the server cannot be asked, or does not have the default
   *     database. It is not a {@link CatalogException}, to which Flink adds all of the catalog's
   *     options ({@code CreateCatalogOperation}): the password is one of them
   */
  @Override
  public void open() {
    List<String> databases;
    try {
      databases = listDatabases();
    } catch (CatalogException e) {
      throw new ValidationException(e.getMessage(), e);
    }
    if (!databases.contains(getDefaultDatabase())) {
      throw new ValidationException(
          said("the server has no database " + getDefaultDatabase() + ", or only the system's")
              + "; it has "
              + databases
              + ". Correct 'default-database'");
    }
  }

  /** There is nothing to close: no connection outlives a question. */
  @Override
  public void close() {}

  @Override
  public List<String> listDatabases() {
    return asking(() -> server.listing(getDefaultDatabase()).databases());
  }

  @Override
  public boolean databaseExists(String database) {
    return listDatabases().contains(database);
  }

  @Override
  public CatalogDatabase getDatabase(String database) throws DatabaseNotExistException {
    requireDatabase(database);
    return new Database(database);
  }

  private void requireDatabase(String database) throws DatabaseNotExistException {
    if (!databaseExists(database)) {
      throw new DatabaseNotExistException(name(), database);
    }
  }

  @Override
  public List<String> listTables(String database) throws DatabaseNotExistException {
    requireDatabase(database);
    List<TableId> tables = asking(() -> server.listing(database).tables());
    return server.tables().hasSchemas()
        ? tables.stream().map(TableId::toString).toList()
        : tables.stream()
            .filter(table -> table.schema().equals(database))
            .map(TableId::name)
            .toList();
  }

  @Override
  public boolean tableExists(ObjectPath path) {
    return find(path).isPresent();
  }

  /**
   * @throws CatalogException if the server cannot be asked, or none of the table's columns can be
   *     read
   */
  @Override
  public CatalogBaseTable getTable(ObjectPath path) throws TableNotExistException {
    ListedTable listed = require(path);
    Schema.Builder schema = Schema.newBuilder();
    List<String> declared = new ArrayList<>();
    for (Column column : listed.table().columns()) {
      Optional<DataType> type = DeclarableType.of(column.values());
      if (type.isEmpty()) {
        leftOut(path, column.name(), "its type " + column.type() + " cannot be declared");
        continue;
      }
      declared.add(column.name());
      schema.column(
          column.name(), column.nullable() ? type.get().nullable() : type.get().notNull());
      Optional.ofNullable(listed.comments().get(column.name())).ifPresent(schema::withComment);
    }
    listed
        .withheld()
        .forEach(column -> leftOut(path, column, "the database computes it, and no log has it"));
    if (declared.isEmpty()) {
      throw new CatalogException(
          said("table " + path.getFullName() + " has no column that can be read"));
    }
    listed
        .table()
        .key()
        .filter(key -> declared.containsAll(key.columns()))
        .ifPresent(key -> schema.primaryKey(key.columns()));
    return CatalogTable.newBuilder()
        .schema(schema.build())
        .comment(listed.comment())
        .options(server.optionsOf(path.getDatabaseName(), listed.table().id()))
        .build();
  }

  private void leftOut(ObjectPath path, String column, String why) {
    if (mentioned.add(path.getFullName() + "." + column)) {
      LOG.warn(
          "catalog {}: column {} of table {} is left out: {}",
          name(),
          column,
          path.getFullName(),
          why);
    }
  }

  /** About how many rows there are, as the server has it without reading any. */
  @Override
  public CatalogTableStatistics getTableStatistics(ObjectPath path) throws TableNotExistException {
    ListedTable listed = require(path);
    long rows = asking(() -> server.listing(path.getDatabaseName()).estimateRows(listed.table()));
    return new CatalogTableStatistics(rows, -1, -1, -1);
  }

  /**
   * A table as the server has it now.
   *
   * @throws CatalogException if there is none
   */
  ListedTable listed(ObjectPath path) {
    return find(path)
        .orElseThrow(
            () ->
                new CatalogException(
                    said("there is no table " + path.getFullName() + " any more")));
  }

  private ListedTable require(ObjectPath path) throws TableNotExistException {
    return find(path).orElseThrow(() -> new TableNotExistException(name(), path));
  }

  private Optional<ListedTable> find(ObjectPath path) {
    String database = path.getDatabaseName();
    // That the default database is there was asked when the catalog was opened.
    if (!database.equals(getDefaultDatabase()) && !databaseExists(database)) {
      return Optional.empty();
    }
    List<ListedTable> found =
        meant(path).stream()
            .flatMap(id -> asking(() -> server.listing(database).table(id)).stream())
            .toList();
    if (found.size() > 1) {
      throw new CatalogException(
          said(
              "the name "
                  + path.getObjectName()
                  + " means several tables of database "
                  + database
                  + ", as names there have dots of their own; declare the table with"
                  + " 'schema-name' and 'table-name'"));
    }
    return found.stream().findFirst();
  }

  /** A schema's name and a table's may have dots of their own. */
  private List<TableId> meant(ObjectPath path) {
    String named = path.getObjectName();
    if (!server.tables().hasSchemas()) {
      return List.of(new TableId(path.getDatabaseName(), named));
    }
    List<TableId> meant = new ArrayList<>();
    for (int dot = named.indexOf('.', 1); dot > 0; dot = named.indexOf('.', dot + 1)) {
      if (dot < named.length() - 1) {
        meant.add(new TableId(named.substring(0, dot), named.substring(dot + 1)));
      }
    }
    return named.contains(".") ? meant : List.of(new TableId(USUAL_SCHEMA, named));
  }

  private <T> T asking(Supplier<T> question) {
    try {
      return question.get();
    } catch (DatabaseException e) {
      throw new CatalogException(said(e.getMessage()), e);
    }
  }

  private String said(String what) {
    return "catalog " + name() + ": " + what;
  }
}
