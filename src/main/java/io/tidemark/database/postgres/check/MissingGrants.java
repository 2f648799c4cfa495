package io.tidemark.database.postgres.check;

import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.shared.Findings;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a role may not read, schema by schema: there may be hundreds of tables. */
final class MissingGrants {

  private static final int NAMED = 5;

  private final Map<String, List<TableId>> unreadable = new TreeMap<>();
  private final Map<String, List<TableId>> unusable = new TreeMap<>();
  private final Map<String, List<TableId>> unowned = new TreeMap<>();

  void add(TableId table, boolean mayUseSchema, boolean maySelect) {
    if (!mayUseSchema) {
      unusable.computeIfAbsent(table.schema(), missing -> new ArrayList<>()).add(table);
    }
    if (!maySelect) {
      unreadable.computeIfAbsent(table.schema(), missing -> new ArrayList<>()).add(table);
    }
  }

  /** A table that the role would publish, which only its owner may. */
  void addUnowned(TableId table, String owner) {
    unowned.computeIfAbsent(owner, missing -> new ArrayList<>()).add(table);
  }

  /** One finding, with one statement, per schema and privilege, and per owner. */
  void report(String role, Findings findings) {
    String user = Identifiers.quote(role);
    unusable.forEach(
        (schema, tables) ->
            findings.error(
                where(tables),
                "role " + role + " may not use schema " + schema,
                "GRANT USAGE ON SCHEMA " + Identifiers.quote(schema) + " TO " + user));
    unreadable.forEach(
        (schema, tables) ->
            findings.error(
                where(tables),
                "role " + role + " may not read " + inWords(tables),
                tables.size() == 1
                    ? "GRANT SELECT ON TABLE " + Identifiers.quote(tables.get(0)) + " TO " + user
                    : "GRANT SELECT ON ALL TABLES IN SCHEMA "
                        + Identifiers.quote(schema)
                        + " TO "
                        + user));
    unowned.forEach(
        (owner, tables) ->
            findings.error(
                where(tables),
                "role "
                    + role
                    + " cannot publish "
                    + inWords(tables)
                    + (tables.size() == 1 ? ", as it belongs to " : ", as they belong to ")
                    + owner,
                "GRANT " + Identifiers.quote(owner) + " TO " + user));
  }

  private static String where(List<TableId> tables) {
    return tables.size() == 1 ? tables.get(0).toString() : Findings.SOURCE;
  }

  private static String inWords(List<TableId> tables) {
    if (tables.size() == 1) {
      return "the table";
    }
    String named = String.join(", ", tables.stream().limit(NAMED).map(TableId::toString).toList());
    return tables.size() > NAMED
        ? "tables " + named + " and " + (tables.size() - NAMED) + " more"
        : "tables " + named;
  }
}
