package io.tidemark.database.postgres.check;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.postgres.catalog.PostgresCatalog;
import io.tidemark.database.postgres.catalog.PostgresCatalog.Entry;
import io.tidemark.database.postgres.catalog.PostgresCatalog.ReplicaIdentity;
import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.StreamSource;
import io.tidemark.database.shared.Findings;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Whether what the job selects is there, may be read, and can be followed through the log. */
final class SelectionChecks {

  private static final String RELATIONS =
      """
      SELECT c.oid, n.nspname, c.relname, c.relkind::text AS relkind,
             c.relpersistence::text AS relpersistence, c.relispartition,
             pg_catalog.has_table_privilege(c.oid, 'SELECT') AS may_select,
             pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS may_use,
             pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned,
             pg_catalog.pg_get_userbyid(c.relowner) AS owner,
             pg_catalog.row_security_active(c.oid) AS hides_rows,
             (SELECT k.condeferrable FROM pg_catalog.pg_constraint AS k
              WHERE k.conrelid = c.oid AND k.contype = 'p') AS key_deferrable,
             ARRAY(SELECT pg_catalog.format('%I.%I', ln.nspname, leaf.relname)
                   FROM pg_catalog.pg_partition_tree(c.oid) AS t
                   JOIN pg_catalog.pg_class AS leaf ON leaf.oid = t.relid
                   JOIN pg_catalog.pg_namespace AS ln ON ln.oid = leaf.relnamespace
                   WHERE t.isleaf AND c.relkind = 'p' AND leaf.relkind = 'r'
                     AND leaf.relreplident <> 'f'
                   ORDER BY 1) AS leaves,
             ARRAY(SELECT pg_catalog.format('%I.%I', ln.nspname, leaf.relname)
                   FROM pg_catalog.pg_partition_tree(c.oid) AS t
                   JOIN pg_catalog.pg_class AS leaf ON leaf.oid = t.relid
                   JOIN pg_catalog.pg_namespace AS ln ON ln.oid = leaf.relnamespace
                   WHERE c.relkind = 'p' AND (leaf.relkind = 'f' OR leaf.relpersistence <> 'p')
                   ORDER BY 1) AS unlogged_leaves,
             ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
                   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                   ORDER BY a.attnum) AS columns,
             ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
                   WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attgenerated <> '')
               AS generated
      FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relpersistence <> 't'
        AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'tidemark')
      ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
      """;

  private record Relation(
      TableId id,
      String kind,
      boolean unlogged,
      boolean partition,
      boolean maySelect,
      boolean mayUse,
      boolean owned,
      String owner,
      boolean hidesRows,
      boolean keyDeferrable,
      List<String> leaves,
      List<String> unloggedLeaves,
      List<String> columns,
      List<String> generated) {

    boolean table() {
      return (kind.equals("r") || kind.equals("p")) && !partition;
    }

    String kindInWords() {
      return switch (kind) {
        case "f" -> "a foreign table";
        case "v" -> "a view";
        case "m" -> "a materialized view";
        default -> "a partition of another table";
      };
    }
  }

  private final Connection connection;
  private final Selection selection;
  private final SourceServerChecks.Role role;
  private final boolean publicationGiven;
  private final Optional<String> wholeRows;
  private final Findings findings;
  private final Map<TableId, List<String>> soundColumns;
  private final MissingGrants missing = new MissingGrants();

  /**
   * @param wholeRows what else can be done where the log does not have whole rows; empty if it need
   *     not
   */
  SelectionChecks(
      Connection connection,
      StreamSource source,
      SourceServerChecks.Role role,
      Optional<String> wholeRows,
      Findings findings) {
    this.wholeRows = wholeRows;
    this.connection = connection;
    this.selection = source.selection();
    this.publicationGiven = source.isPublicationGiven();
    this.role = role;
    this.findings = findings;
    this.soundColumns = new HashMap<>(source.selection().columns());
  }

  /**
   * Returns the selection without the parts that are wrong, so that the rest can be looked at too.
   */
  Selection check() throws SQLException {
    List<Relation> relations = relations();
    patterns(relations);
    named(relations);
    for (Relation relation : relations) {
      if (relation.table() && selection.selects(relation.id())) {
        access(relation);
        columns(relation);
      }
    }
    missing.report(role.name(), findings);
    for (Entry entry : entries()) {
      relations.stream()
          .filter(relation -> relation.id().equals(entry.table().id()))
          .findFirst()
          .ifPresent(relation -> identity(relation, entry));
    }
    return sound();
  }

  /** Narrowed to what it was narrowed to: nobody is to be held up by a table that he left out. */
  private Selection sound() {
    return new Selection(
        selection.patterns(),
        soundColumns,
        selection.filters(),
        selection.booleans(),
        selection.only());
  }

  private void patterns(List<Relation> relations) {
    for (String pattern : selection.patterns()) {
      boolean takesAway = pattern.startsWith("!");
      Selection alone =
          new Selection(List.of(takesAway ? pattern.substring(1) : pattern), Map.of(), Map.of());
      List<Relation> matched =
          relations.stream().filter(relation -> alone.selects(relation.id())).toList();
      if (matched.isEmpty() && takesAway) {
        findings.warning(
            Findings.SOURCE, "pattern " + pattern + " matches no table", "correct or remove it");
      } else if (!takesAway && matched.stream().noneMatch(Relation::table)) {
        String reason =
            matched.isEmpty()
                ? ""
                : ": " + matched.get(0).id() + " is " + matched.get(0).kindInWords();
        findings.error(
            Findings.SOURCE,
            "pattern " + pattern + " matches no table" + reason,
            "correct it in source.tables; names are matched exactly, case included");
      }
    }
  }

  private void named(List<Relation> relations) {
    Set<TableId> ids = new TreeSet<>(selection.columns().keySet());
    ids.addAll(selection.filters().keySet());
    for (TableId id : ids) {
      boolean selected =
          selection.selects(id) && relations.stream().anyMatch(r -> r.table() && r.id().equals(id));
      if (!selected) {
        findings.error(
            id.toString(),
            "the job has columns or a filter for a table that it does not select",
            "add it to source.tables, or correct its name");
        soundColumns.remove(id);
      }
    }
  }

  private void access(Relation relation) {
    String where = relation.id().toString();
    String name = Identifiers.quote(relation.id());
    String user = Identifiers.quote(role.name());
    if (relation.unlogged()) {
      findings.error(
          where,
          "the table is unlogged: the log does not tell of its rows",
          "ALTER TABLE " + name + " SET LOGGED; or exclude it: \"!" + where + "\"");
    }
    if (!relation.unloggedLeaves().isEmpty()) {
      findings.error(
          where,
          "partitions that are foreign or unlogged: "
              + relation.unloggedLeaves()
              + "; the log does not tell of their rows",
          "detach them: ALTER TABLE "
              + name
              + " DETACH PARTITION "
              + relation.unloggedLeaves().get(0));
    }
    missing.add(relation.id(), relation.mayUse(), relation.maySelect());
    if (!relation.owned() && !role.superuser() && !publicationGiven) {
      missing.addUnowned(relation.id(), relation.owner());
    }
    if (relation.hidesRows()) {
      findings.error(
          where,
          "row-level security hides rows from role " + role.name(),
          "ALTER ROLE " + user + " BYPASSRLS");
    }
  }

  private void columns(Relation relation) {
    List<String> wanted = selection.columnsOf(relation.id()).orElse(null);
    if (wanted == null) {
      return;
    }
    List<String> missing =
        wanted.stream().filter(name -> !relation.columns().contains(name)).toList();
    List<String> generated = wanted.stream().filter(relation.generated()::contains).toList();
    if (!missing.isEmpty()) {
      findings.error(
          relation.id().toString(),
          "selected columns that are not there: " + missing,
          "correct the names; the table has " + relation.columns());
    }
    if (!generated.isEmpty()) {
      findings.error(
          relation.id().toString(),
          "selected columns that are generated: " + generated,
          "leave them out; the target computes generated columns itself");
    }
    if (!missing.isEmpty() || !generated.isEmpty()) {
      soundColumns.remove(relation.id());
    }
  }

  /** The selected tables; a selection that lacks key columns is reported and mended on the way. */
  private List<Entry> entries() {
    for (TableId id : List.copyOf(soundColumns.keySet())) {
      Selection alone =
          new Selection(List.of(id.toString()), Map.of(id, soundColumns.get(id)), Map.of());
      try {
        PostgresCatalog.entries(connection, alone);
      } catch (DatabaseException e) {
        findings.error(id.toString(), e.getMessage(), "add the key's columns to the selection");
        soundColumns.remove(id);
      }
    }
    return PostgresCatalog.entries(connection, sound());
  }

  private void identity(Relation relation, Entry entry) {
    String where = relation.id().toString();
    boolean full = entry.identities().equals(Set.of(ReplicaIdentity.FULL));
    if (full) {
      return;
    }
    List<String> tables = new ArrayList<>(relation.leaves());
    tables.add(0, Identifiers.quote(relation.id()));
    String makeFull =
        String.join(
            "; ",
            tables.stream().map(name -> "ALTER TABLE " + name + " REPLICA IDENTITY FULL").toList());
    if (entry.identities().contains(ReplicaIdentity.NOTHING)) {
      findings.error(
          where,
          "its replica identity is NOTHING: the log does not tell which row was changed",
          entry.partitioned()
              ? makeFull
              : "ALTER TABLE "
                  + tables.get(0)
                  + (entry.table().key().isPresent()
                      ? " REPLICA IDENTITY DEFAULT"
                      : " REPLICA IDENTITY FULL"));
    } else if (entry.table().key().isEmpty()) {
      findings.error(
          where,
          relation.keyDeferrable()
              ? "its primary key is deferrable, so that the log does not carry it as the row's"
                  + " identity"
              : "it has no primary key and its replica identity is not FULL: the log does not tell"
                  + " which row was changed",
          "add a primary key, or: " + makeFull);
    } else if (selection.filterOf(relation.id()).isPresent()) {
      findings.error(
          where,
          "it has a filter and its replica identity is not FULL: whether the old row was selected"
              + " cannot be told",
          makeFull);
    } else if (wholeRows.isPresent()) {
      findings.error(
          where,
          "its replica identity is not FULL: the log has only the key of a row that was changed or"
              + " deleted, and not the row as it was",
          makeFull + "; or " + wholeRows.get());
    }
  }

  private List<Relation> relations() throws SQLException {
    return CatalogQuery.list(
        connection,
        RELATIONS,
        row ->
            new Relation(
                new TableId(row.getString("nspname"), row.getString("relname")),
                row.getString("relkind"),
                row.getString("relpersistence").equals("u"),
                row.getBoolean("relispartition"),
                row.getBoolean("may_select"),
                row.getBoolean("may_use"),
                row.getBoolean("owned"),
                row.getString("owner"),
                row.getBoolean("hides_rows"),
                row.getBoolean("key_deferrable"),
                CatalogQuery.texts(row, "leaves"),
                CatalogQuery.texts(row, "unlogged_leaves"),
                CatalogQuery.texts(row, "columns"),
                CatalogQuery.texts(row, "generated")));
  }
}
