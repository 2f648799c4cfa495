package io.tidemark.database.mysql.log;

import io.tidemark.lab.MySqlVendor;
import io.tidemark.settings.SchemaChanges;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Something that is done at a source while a stream follows its log, and what has to come of it. In
 * its statements {@code %t} stands for the copied table and {@code %u} for one beside it that is
 * not copied; both are in the session's database.
 */
final class SourceAttack {

  final List<String> statements;

  /** Whether the stream must end there; otherwise it goes on with the same rows as the source. */
  final boolean stops;

  /** What the message says, where it ends. */
  final List<String> said;

  /** What its session does before. */
  final List<String> preceding = new ArrayList<>();

  final List<String> setup = new ArrayList<>();
  final List<String> settings = new ArrayList<>();
  Set<MySqlVendor> vendors = EnumSet.allOf(MySqlVendor.class);
  String definition = "id INT PRIMARY KEY, a INT, b VARCHAR(20)";
  SchemaChanges changes = SchemaChanges.STOP;
  boolean namesTable = true;

  /** Which columns travel; all if there are none. */
  List<String> columns = List.of();

  private SourceAttack(boolean stops, List<String> statements, List<String> said) {
    this.stops = stops;
    this.statements = statements;
    this.said = said;
  }

  static SourceAttack stops(String statement, String... said) {
    return new SourceAttack(true, List.of(statement), List.of(said));
  }

  static SourceAttack passes(String... statements) {
    return new SourceAttack(false, List.of(statements), List.of());
  }

  /** What has to be there before the stream begins. */
  SourceAttack after(String... sql) {
    setup.addAll(Arrays.asList(sql));
    return this;
  }

  /** Set in the session that does it. */
  SourceAttack with(String... sessionSettings) {
    settings.addAll(Arrays.asList(sessionSettings));
    return this;
  }

  SourceAttack preceded(String... sql) {
    preceding.addAll(Arrays.asList(sql));
    return this;
  }

  SourceAttack only(MySqlVendor vendor) {
    vendors = EnumSet.of(vendor);
    return this;
  }

  /** How the copied table is made. */
  SourceAttack of(String columnsAndKeys) {
    definition = columnsAndKeys;
    return this;
  }

  SourceAttack copying(String... names) {
    columns = List.of(names);
    return this;
  }

  SourceAttack ignoring() {
    changes = SchemaChanges.IGNORE;
    return this;
  }

  /** The log has statements in place of rows; which tables they reach cannot be told. */
  SourceAttack inPlaceOfRows() {
    namesTable = false;
    return with("binlog_format = 'STATEMENT'");
  }

  @Override
  public String toString() {
    return (stops ? "stops at " : "passes ")
        + String.join("; ", statements)
        + (settings.isEmpty() ? "" : " with " + settings)
        + (columns.isEmpty() ? "" : " copying " + columns);
  }
}
