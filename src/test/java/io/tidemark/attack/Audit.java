package io.tidemark.attack;

import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.settings.SchemaChanges;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Reads the rows of a seed's tables, at the source after every statement and at the target, with
 * nothing of the product's: as texts that are equal where the rows are.
 */
final class Audit implements AutoCloseable {

  /** What stands for rows that cannot be read as they were copied. */
  static final String GONE = "gone";

  private static final int SECONDS = 10;

  private final Vendor vendor;
  private final Scenario scenario;
  private final boolean atTheTarget;
  private final Map<String, List<String>> tables;
  private final Connection connection;
  private final Statement statement;

  /**
   * @param atTheTarget whether rows are where the job writes them, and under those names
   */
  Audit(TestServer server, String database, Scenario scenario, boolean atTheTarget)
      throws SQLException {
    this.atTheTarget = atTheTarget;
    this.tables = new LinkedHashMap<>(scenario.tables());
    tables.replaceAll(
        (table, columns) ->
            columns.stream().filter(column -> !isGivenUp(scenario, table, column)).toList());
    this.vendor = server.vendor();
    this.scenario = scenario;
    this.connection = server.connect(database);
    this.statement = connection.createStatement();
    statement.setQueryTimeout(SECONDS);
    if (vendor == Vendor.POSTGRES) {
      statement.execute("SET lock_timeout = 200; SET search_path = public");
    } else {
      statement.execute("SET lock_wait_timeout = 1");
    }
  }

  /**
   * A computed column that the source drops, and the job is to pass over: no value of it was
   * copied, and the target goes on computing it.
   */
  private static boolean isGivenUp(Scenario scenario, String table, String column) {
    String drop = "ALTER TABLE " + table + " DROP COLUMN " + column;
    return column.equals(Shape.COMPUTED)
        && scenario.terms().schemaChanges() == SchemaChanges.IGNORE
        && scenario.steps().stream().anyMatch(step -> step.sql().contains(drop));
  }

  /**
   * The rows by table.
   *
   * @param before what stands for a table that another session has locked, which nobody has changed
   */
  Map<String, String> rows(Map<String, String> before) {
    Map<String, String> all = new HashMap<>();
    tables.forEach(
        (table, columns) -> {
          try {
            all.put(table, rows(table, columns));
          } catch (SQLException e) {
            all.put(table, isLocked(e) ? before.getOrDefault(table, GONE) : GONE);
          }
        });
    return all;
  }

  /**
   * What of the tables is there now: a stream that begins copies what there is then.
   *
   * @return their columns, for {@link #narrow}
   */
  Map<String, List<String>> present() {
    Map<String, List<String>> present = new LinkedHashMap<>();
    tables.forEach(
        (table, columns) -> {
          List<String> there = columns.stream().filter(column -> reads(table, column)).toList();
          if (!there.isEmpty() || scenario.late().contains(table)) {
            present.put(table, there.isEmpty() ? columns : there);
          }
        });
    return present;
  }

  private boolean reads(String table, String column) {
    try {
      rows(table, List.of(column));
      return true;
    } catch (SQLException e) {
      return isLocked(e);
    }
  }

  /** From now on reads these only. */
  void narrow(Map<String, List<String>> present) {
    tables.clear();
    tables.putAll(present);
  }

  private static boolean isLocked(SQLException e) {
    return "55P03".equals(e.getSQLState()) || e.getErrorCode() == 1205;
  }

  private String rows(String table, List<String> columns) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (ResultSet result = statement.executeQuery(query(table, columns))) {
      int width = result.getMetaData().getColumnCount();
      while (result.next()) {
        StringBuilder row = new StringBuilder();
        for (int i = 1; i <= width; i++) {
          row.append(result.getString(i)).append('|');
        }
        rows.add(row.toString());
      }
    }
    Collections.sort(rows);
    return String.join("\n", rows);
  }

  private String query(String table, List<String> columns) {
    String name = atTheTarget ? scenario.terms().targetOf(table) : table;
    String filter = scenario.terms().filters().get(table);
    String where = atTheTarget || filter == null ? "" : " WHERE (" + filter + ")";
    if (vendor == Vendor.POSTGRES) {
      // The children of ordinary inheritance are tables of their own.
      String only = scenario.partitioned().contains(table) ? "" : "ONLY ";
      return columns.stream()
          .map(column -> column + "::text")
          .collect(Collectors.joining(", ", "SELECT ", " FROM " + only + "public." + name + where));
    }
    return columns.stream()
        .map(column -> "QUOTE(" + column + ")")
        .collect(Collectors.joining(", ", "SELECT ", " FROM " + name + where));
  }

  /** Whether a marker is there. */
  boolean hasMarker(int number) {
    try (ResultSet row =
        statement.executeQuery(
            "SELECT count(*) FROM %s WHERE id = %d".formatted(Scenario.MARKERS, number))) {
      return row.next() && row.getInt(1) == 1;
    } catch (SQLException e) {
      // It is not there before the target's tables are.
      return false;
    }
  }

  /** Whether the ledger says that the stream is consistent. */
  boolean isConsistent(String stream) {
    try (ResultSet row =
        statement.executeQuery(
            "SELECT consistent FROM tidemark.progress WHERE stream = '" + stream + "'")) {
      return row.next() && row.getBoolean(1);
    } catch (SQLException e) {
      return false;
    }
  }

  /** Whether the ledger has a place in the log. */
  boolean hasBegun(String stream) {
    try (ResultSet row =
        statement.executeQuery(
            "SELECT count(*) FROM tidemark.progress WHERE stream = '" + stream + "'")) {
      return row.next() && row.getInt(1) == 1;
    } catch (SQLException e) {
      return false;
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
