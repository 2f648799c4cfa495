package io.tidemark.table;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.table.catalog.Catalog;
import org.apache.flink.table.catalog.CatalogBaseTable;
import org.apache.flink.table.catalog.CatalogDatabase;
import org.apache.flink.table.catalog.CatalogFunction;
import org.apache.flink.table.catalog.CatalogPartition;
import org.apache.flink.table.catalog.CatalogPartitionSpec;
import org.apache.flink.table.catalog.ObjectPath;
import org.apache.flink.table.catalog.exceptions.CatalogException;
import org.apache.flink.table.catalog.exceptions.FunctionNotExistException;
import org.apache.flink.table.catalog.exceptions.PartitionNotExistException;
import org.apache.flink.table.catalog.stats.CatalogColumnStatistics;
import org.apache.flink.table.catalog.stats.CatalogTableStatistics;
import org.apache.flink.table.expressions.Expression;

/**
 * A catalog of databases and tables that Flink cannot change, without functions and partitions of
 * its own.
 */
abstract class ReadOnlyCatalog implements Catalog {

  private final String name;
  private final String defaultDatabase;

  ReadOnlyCatalog(String name, String defaultDatabase) {
    this.name = name;
    this.defaultDatabase = defaultDatabase;
  }

  /** A database without a comment or properties. */
  record Database(String name) implements CatalogDatabase {

    @Override
    public Map<String, String> getProperties() {
      return Map.of();
    }

    @Override
    public String getComment() {
      return "";
    }

    @Override
    public CatalogDatabase copy() {
      return this;
    }

    @Override
    public CatalogDatabase copy(Map<String, String> properties) {
      return this;
    }

    @Override
    public Optional<String> getDescription() {
      return Optional.of("database " + name);
    }

    @Override
    public Optional<String> getDetailedDescription() {
      return getDescription();
    }
  }

  /** What the catalog is called in Flink. */
  final String name() {
    return name;
  }

  @Override
  public final String getDefaultDatabase() {
    return defaultDatabase;
  }

  /**
   * Says that something is not possible here.
   *
   * @param what was tried, so that a sentence can go on from it
   */
  final CatalogException refusal(String what) {
    return new CatalogException(
        what
            + " is not possible: catalog "
            + name
            + " reads and writes rows, and changes nothing else. Change the database by its own"
            + " means; 'sink.create-table' of the connector tidemark-jdbc makes a table");
  }

  private static String databaseNamed(String name) {
    return "database " + name;
  }

  @Override
  public final void createDatabase(
      String database, CatalogDatabase definition, boolean ignoreIfExists) {
    throw refusal("creating " + databaseNamed(database));
  }

  @Override
  public final void dropDatabase(String database, boolean ignoreIfNotExists, boolean cascade) {
    throw refusal("dropping " + databaseNamed(database));
  }

  @Override
  public final void alterDatabase(
      String database, CatalogDatabase newDatabase, boolean ignoreIfNotExists) {
    throw refusal("altering " + databaseNamed(database));
  }

  @Override
  public final void createTable(ObjectPath path, CatalogBaseTable table, boolean ignoreIfExists) {
    throw refusal("creating " + path.getFullName());
  }

  @Override
  public final void dropTable(ObjectPath path, boolean ignoreIfNotExists) {
    throw refusal("dropping " + path.getFullName());
  }

  @Override
  public final void renameTable(ObjectPath path, String newTableName, boolean ignoreIfNotExists) {
    throw refusal("renaming " + path.getFullName());
  }

  @Override
  public final void alterTable(
      ObjectPath path, CatalogBaseTable newTable, boolean ignoreIfNotExists) {
    throw refusal("altering " + path.getFullName());
  }

  @Override
  public final List<String> listViews(String database) {
    return List.of();
  }

  @Override
  public final List<CatalogPartitionSpec> listPartitions(ObjectPath path) {
    return List.of();
  }

  @Override
  public final List<CatalogPartitionSpec> listPartitions(
      ObjectPath path, CatalogPartitionSpec partition) {
    return List.of();
  }

  @Override
  public final List<CatalogPartitionSpec> listPartitionsByFilter(
      ObjectPath path, List<Expression> filters) {
    return List.of();
  }

  @Override
  public final CatalogPartition getPartition(ObjectPath path, CatalogPartitionSpec partition)
      throws PartitionNotExistException {
    throw new PartitionNotExistException(name, path, partition);
  }

  @Override
  public final boolean partitionExists(ObjectPath path, CatalogPartitionSpec partition) {
    return false;
  }

  @Override
  public final void createPartition(
      ObjectPath path,
      CatalogPartitionSpec spec,
      CatalogPartition partition,
      boolean ignoreIfExists) {
    throw refusal("creating a partition of " + path.getFullName());
  }

  @Override
  public final void dropPartition(
      ObjectPath path, CatalogPartitionSpec partition, boolean ignoreIfNotExists) {
    throw refusal("dropping a partition of " + path.getFullName());
  }

  @Override
  public final void alterPartition(
      ObjectPath path,
      CatalogPartitionSpec spec,
      CatalogPartition partition,
      boolean ignoreIfNotExists) {
    throw refusal("altering a partition of " + path.getFullName());
  }

  @Override
  public final List<String> listFunctions(String database) {
    return List.of();
  }

  @Override
  public final CatalogFunction getFunction(ObjectPath path) throws FunctionNotExistException {
    throw new FunctionNotExistException(name, path);
  }

  @Override
  public final boolean functionExists(ObjectPath path) {
    return false;
  }

  @Override
  public final void createFunction(
      ObjectPath path, CatalogFunction function, boolean ignoreIfExists) {
    throw refusal("creating function " + path.getFullName());
  }

  @Override
  public final void alterFunction(
      ObjectPath path, CatalogFunction newFunction, boolean ignoreIfNotExists) {
    throw refusal("altering function " + path.getFullName());
  }

  @Override
  public final void dropFunction(ObjectPath path, boolean ignoreIfNotExists) {
    throw refusal("dropping function " + path.getFullName());
  }

  @Override
  public final CatalogColumnStatistics getTableColumnStatistics(ObjectPath path) {
    return CatalogColumnStatistics.UNKNOWN;
  }

  @Override
  public final CatalogTableStatistics getPartitionStatistics(
      ObjectPath path, CatalogPartitionSpec partition) throws PartitionNotExistException {
    throw new PartitionNotExistException(name, path, partition);
  }

  @Override
  public final CatalogColumnStatistics getPartitionColumnStatistics(
      ObjectPath path, CatalogPartitionSpec partition) throws PartitionNotExistException {
    throw new PartitionNotExistException(name, path, partition);
  }

  @Override
  public final void alterTableStatistics(
      ObjectPath path, CatalogTableStatistics statistics, boolean ignoreIfNotExists) {
    throw refusal("setting the statistics of " + path.getFullName());
  }

  @Override
  public final void alterTableColumnStatistics(
      ObjectPath path, CatalogColumnStatistics statistics, boolean ignoreIfNotExists) {
    throw refusal("setting the statistics of " + path.getFullName());
  }

  @Override
  public final void alterPartitionStatistics(
      ObjectPath path,
      CatalogPartitionSpec partition,
      CatalogTableStatistics statistics,
      boolean ignoreIfNotExists) {
    throw refusal("setting the statistics of a partition of " + path.getFullName());
  }

  @Override
  public final void alterPartitionColumnStatistics(
      ObjectPath path,
      CatalogPartitionSpec partition,
      CatalogColumnStatistics statistics,
      boolean ignoreIfNotExists) {
    throw refusal("setting the statistics of a partition of " + path.getFullName());
  }
}
