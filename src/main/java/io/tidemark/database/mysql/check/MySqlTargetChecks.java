package io.tidemark.database.mysql.check;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.database.SchemaDescription;
import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.catalog.MySqlSchemaDescription;
import io.tidemark.database.mysql.catalog.MySqlTargetFacts;
import io.tidemark.database.mysql.ddl.TablePlan;
import io.tidemark.database.mysql.ddl.TablePlans;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.write.TargetTable;
import io.tidemark.database.shared.LostTable;
import io.tidemark.schema.TableId;
import io.tidemark.settings.CheckedJob;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.Renaming;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Whether a MySQL or MariaDB server can take what the source has. Reads only. */
public final class MySqlTargetChecks {

  private static final String TARGET = "target";
  private static final int MAX_NAME = 64;
  private static final long GOOD_PACKET = 16L << 20;

  private final MySqlQueries queries;
  private final CheckedJob job;
  private final Renaming renaming;
  private final List<TableId> filledTables = new ArrayList<>();
  private final List<Finding> findings = new ArrayList<>();

  /** Borrows {@code queries}, and asks nothing yet. */
  public MySqlTargetChecks(MySqlQueries queries, CheckedJob job, Renaming renaming) {
    this.queries = queries;
    this.job = job;
    this.renaming = renaming;
  }

  /**
   * Asks the target. Called once.
   *
   * @param description of the source's tables; without it only the server is looked over
   * @return what was found, in order
   */
  public List<Finding> check(Optional<SchemaDescription> description) {
    server();
    description.ifPresent(this::schema);
    return List.copyOf(findings);
  }

  private boolean isOn(String variable) {
    return queries
        .variable(variable)
        .filter(value -> value.equalsIgnoreCase("ON") || value.equals("1"))
        .isPresent();
  }

  private void server() {
    for (String variable : List.of("read_only", "super_read_only")) {
      if (isOn(variable)) {
        error(
            TARGET,
            "the server takes no writes: " + variable + " is on",
            "let target.url name the primary, or: SET GLOBAL " + variable + " = OFF");
      }
    }
    if (!isOn("local_infile")) {
      warning(
          TARGET,
          "local_infile is off, so that chunks are written by INSERT, which is slower",
          "SET GLOBAL local_infile = ON for the time of the copy");
    }
    long packet = queries.variable("max_allowed_packet").map(Long::parseLong).orElse(GOOD_PACKET);
    if (packet < GOOD_PACKET) {
      warning(
          TARGET,
          "max_allowed_packet is " + packet + " bytes: a row must be less than half of that",
          "SET GLOBAL max_allowed_packet = " + GOOD_PACKET);
    }
    if (isOn("log_bin")
        && queries.variable("binlog_format").filter("STATEMENT"::equals).isPresent()) {
      error(
          TARGET,
          "binlog_format is STATEMENT, with which InnoDB refuses writes at READ COMMITTED",
          "SET GLOBAL binlog_format = 'ROW'");
    }
    if (!MySqlTargetFacts.showsIds(queries)) {
      warning(
          TARGET,
          "the account lacks the privilege PROCESS, without which it is not noticed if somebody"
              + " else empties a table here or puts another one in its place",
          "GRANT PROCESS ON *.* TO the account of target.user");
    }
    if (!queries.variable("innodb_flush_log_at_trx_commit").orElse("1").equals("1")) {
      warning(
          TARGET,
          "innodb_flush_log_at_trx_commit is not 1: a crash of the server may take back commits,"
              + " and the job would stop because its ledger is behind",
          "SET GLOBAL innodb_flush_log_at_trx_commit = 1");
    }
  }

  private void schema(SchemaDescription description) {
    List<TablePlan> plans;
    try {
      plans = TablePlans.of(description, queries.version(), renaming);
    } catch (DatabaseException e) {
      error(TARGET, e.getMessage(), "see docs/types.md");
      return;
    }
    if (description instanceof MySqlSchemaDescription own
        && !TablePlans.followToTheLetter(own, queries.version())) {
      own.notes()
          .forEach(note -> warning(TARGET, note, "nothing, if the target can do without it"));
    }
    names(plans);
    GeneratedColumns generated = GeneratedColumns.of(description, queries.version(), renaming);
    findings.addAll(generated.dependent());
    ColumnChecks columnChecks = new ColumnChecks(description, queries.version(), renaming);
    List<TableId> there = new ArrayList<>();
    for (TablePlan plan : plans) {
      Map<String, MySqlColumn> columns = new HashMap<>();
      TargetTable.columns(queries, plan.id()).forEach(column -> columns.put(column.name(), column));
      if (columns.isEmpty()) {
        missing(plan);
      } else {
        present(plan, columns);
        there.add(plan.id());
        findings.addAll(columnChecks.check(plan.id(), columns));
        findings.addAll(generated.check(plan.id(), columns));
      }
    }
    filledTables();
    findings.addAll(new TargetVisibility(queries).check(there));
  }

  /** Other tables' foreign keys forbid TRUNCATE, also if these are empty (15.1.37). */
  private void filledTables() {
    if (!filledTables.isEmpty()) {
      error(
          TARGET,
          "tables at the target hold rows already: "
              + filledTables.stream().map(TableId::toString).collect(Collectors.joining(", ")),
          "SET foreign_key_checks = 0; "
              + filledTables.stream()
                  .map(id -> "TRUNCATE TABLE " + Identifiers.quote(id) + "; ")
                  .collect(Collectors.joining())
              + "SET foreign_key_checks = 1; or let the job do so with target.existing: truncate");
    }
  }

  private void names(List<TablePlan> plans) {
    boolean caseless =
        queries.variable("lower_case_table_names").filter(value -> !value.equals("0")).isPresent();
    Set<String> seen = new HashSet<>();
    for (TablePlan plan : plans) {
      TableId id = plan.id();
      if (caseless && !seen.add(id.toString().toLowerCase(Locale.ROOT))) {
        error(
            id.toString(),
            "another table's name differs in case only, which this server (lower_case_table_names)"
                + " does not tell apart",
            "give it another name with rename.tables");
      }
      Set<String> names = new TreeSet<>(plan.columns());
      names.add(id.schema());
      names.add(id.name());
      plan.indexes().forEach(index -> names.add(index.name()));
      names.removeIf(name -> name.codePointCount(0, name.length()) <= MAX_NAME);
      if (!names.isEmpty()) {
        error(
            id.toString(),
            "names of more than " + MAX_NAME + " characters: " + names,
            "shorten them at the source, or rename the table on the way");
      }
    }
  }

  private void missing(TablePlan plan) {
    if (job.copied().stream().map(renaming::targetOf).anyMatch(plan.id()::equals)) {
      error(plan.id().toString(), LostTable.PROBLEM, LostTable.REMEDY);
      return;
    }
    boolean keyless =
        !plan.create().contains("PRIMARY KEY") && !plan.create().contains("UNIQUE KEY");
    if (keyless && isOn("sql_require_primary_key")) {
      error(
          plan.id().toString(),
          "the table has no key, and this server (sql_require_primary_key) makes no such tables",
          "give it a primary key at the source, make it here by hand, or leave it out");
    }
  }

  private void present(TablePlan plan, Map<String, MySqlColumn> columns) {
    String where = plan.id().toString();
    Set<String> lacking = new TreeSet<>(plan.columns());
    columns.values().stream()
        .filter(column -> !column.generated())
        .map(MySqlColumn::name)
        .forEach(lacking::remove);
    if (!lacking.isEmpty()) {
      error(
          where,
          "the table at the target lacks the columns " + lacking,
          job.copied().stream().map(renaming::targetOf).anyMatch(plan.id()::equals)
              ? "add them; or run the job once with the table taken out of source.tables, which"
                  + " forgets it, then drop the table here and run the job with it again, which"
                  + " copies it anew"
              : "add them, drop the table (it is made anew), or rename it on the way");
    }
    for (MySqlColumn column : columns.values()) {
      boolean unfilled =
          !plan.columns().contains(column.name())
              && !column.generated()
              && !column.automatic()
              && !column.column().nullable()
              && column.defaultText().isEmpty();
      if (unfilled) {
        error(
            where,
            "column " + column.name() + " is not in the source, takes no null and has no default",
            "give it a default");
      }
    }
    List<String> triggers =
        queries.list(
            "looking for triggers of table " + where,
            "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS"
                + " WHERE EVENT_OBJECT_SCHEMA = ? AND EVENT_OBJECT_TABLE = ? ORDER BY 1",
            row -> row.getString(1),
            plan.id().schema(),
            plan.id().name());
    if (!triggers.isEmpty()) {
      error(
          where,
          "the table at the target has triggers, which this server fires for replicated rows too: "
              + triggers,
          "drop them for as long as the stream runs");
    }
    String engine =
        queries
            .first(
                "asking for the engine of table " + where,
                "SELECT COALESCE(ENGINE, '') FROM information_schema.TABLES"
                    + " WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?",
                row -> row.getString(1),
                plan.id().schema(),
                plan.id().name())
            .orElse("");
    if (!engine.equalsIgnoreCase("InnoDB")) {
      error(
          where,
          "the table at the target is of engine '"
              + engine
              + "', which takes no part in"
              + " transactions",
          "ALTER TABLE " + Identifiers.quote(plan.id()) + " ENGINE = InnoDB");
      return;
    }
    rows(plan);
    uniqueKeys(plan);
  }

  /** What the copy brings may go back for a moment, and then two rows may have the same value. */
  private void uniqueKeys(TablePlan plan) {
    if (!job.inDoubt() || job.streamKnown()) {
      return;
    }
    List<String> unique =
        queries.list(
            "looking for unique keys of table " + plan.id(),
            "SELECT DISTINCT INDEX_NAME FROM information_schema.STATISTICS WHERE NON_UNIQUE = 0"
                + " AND TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY INDEX_NAME <> 'PRIMARY', 1",
            row -> row.getString(1),
            plan.id().schema(),
            plan.id().name());
    if (unique.size() > 1) {
      List<String> secondary = unique.subList(1, unique.size());
      error(
          plan.id().toString(),
          "the table at the target has unique keys "
              + secondary
              + ", and without locks (copy.lock: none) rows go back for a moment, which may break"
              + " them",
          "drop them, what the source has of these is built after the copy; or copy with locks"
              + " (copy.lock: tables)");
    }
  }

  private void rows(TablePlan plan) {
    boolean filled =
        !job.streamKnown()
            && job.existing() == ExistingRows.FAIL
            && queries
                .first(
                    "looking for rows in table " + plan.id(),
                    "SELECT 1 FROM " + Identifiers.quote(plan.id()) + " LIMIT 1",
                    row -> row.getInt(1))
                .isPresent();
    if (filled) {
      filledTables.add(plan.id());
    }
  }

  private void error(String where, String problem, String remedy) {
    findings.add(new Finding(Severity.ERROR, where, problem, remedy));
  }

  private void warning(String where, String problem, String remedy) {
    findings.add(new Finding(Severity.WARNING, where, problem, remedy));
  }
}
