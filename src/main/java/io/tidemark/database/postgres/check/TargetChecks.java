package io.tidemark.database.postgres.check;

import io.tidemark.database.jdbc.TargetFacts.Fact;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Extension;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Routine;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.TableDefinition;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.UserType;
import io.tidemark.database.postgres.catalog.PostgresTargetFacts;
import io.tidemark.database.postgres.ddl.PostgresTables;
import io.tidemark.database.postgres.ddl.TableShape;
import io.tidemark.database.postgres.ddl.TargetCatalog;
import io.tidemark.database.postgres.ddl.TargetNames;
import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.StreamTarget;
import io.tidemark.database.shared.Findings;
import io.tidemark.database.shared.LostTable;
import io.tidemark.schema.TableId;
import io.tidemark.settings.ExistingRows;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Whether the target can take what the description has. */
final class TargetChecks {

  private static final String ROLE =
      """
      SELECT pg_catalog.pg_is_in_recovery() AS standby,
             pg_catalog.current_setting('transaction_read_only') = 'on' AS read_only,
             pg_catalog.current_database() AS database, r.rolname, r.rolsuper,
             pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
               AS may_create
      FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user
      """;

  private static final String MAY_CREATE_IN =
      // A list of privileges asks for any of them (PostgreSQL manual, 9.27).
      """
      SELECT pg_catalog.has_schema_privilege(n.name, 'CREATE')
         AND pg_catalog.has_schema_privilege(n.name, 'USAGE') FROM (SELECT ?) AS n (name)
      """;

  private static final String EXTENSION =
      """
      SELECT v.superuser, v.trusted
      FROM pg_catalog.pg_available_extensions AS x
      JOIN pg_catalog.pg_available_extension_versions AS v
        ON v.name = x.name AND v.version = x.default_version
      WHERE x.name = ?
      """;

  private static final String TABLE =
      """
      SELECT pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned,
             pg_catalog.pg_get_userbyid(c.relowner) AS owner,
             ARRAY(SELECT pg_catalog.format('%I.%I', n.nspname, o.relname)
                   FROM pg_catalog.pg_constraint AS k
                   JOIN pg_catalog.pg_class AS o ON o.oid = k.conrelid
                   JOIN pg_catalog.pg_namespace AS n ON n.oid = o.relnamespace
                   WHERE k.contype = 'f' AND k.confrelid = c.oid AND k.conparentid = 0
                   ORDER BY 1) AS referring
      FROM pg_catalog.pg_class AS c WHERE c.oid = ?
      """;

  private record Role(
      boolean standby,
      boolean readOnly,
      String database,
      String name,
      boolean superuser,
      boolean mayCreate) {}

  private record Availability(boolean superuser, boolean trusted) {}

  private record TableState(boolean owned, String owner, List<String> referring) {}

  private final Connection connection;
  private final StreamTarget target;
  private final PostgresSchemaDescription description;
  private final ExistingRows existing;
  private final boolean streamKnown;
  private final boolean inDoubt;
  private final Set<TableId> copied;
  private final Findings findings;

  /**
   * @param inDoubt whether changes that came with the copy may be written again, which puts a row
   *     back to what it was for a while
   * @param copied tables of which the ledger holds something, named as in {@code description}
   */
  TargetChecks(
      Connection connection,
      StreamTarget target,
      PostgresSchemaDescription description,
      ExistingRows existing,
      boolean streamKnown,
      boolean inDoubt,
      Set<TableId> copied,
      Findings findings) {
    this.connection = connection;
    this.target = target;
    this.description = description;
    this.existing = existing;
    this.streamKnown = streamKnown;
    this.inDoubt = inDoubt;
    this.copied = copied;
    this.findings = findings;
  }

  /** Inside a transaction that is rolled back. */
  void check() throws SQLException {
    Role role =
        CatalogQuery.first(
                connection,
                ROLE,
                row ->
                    new Role(
                        row.getBoolean("standby"),
                        row.getBoolean("read_only"),
                        row.getString("database"),
                        row.getString("rolname"),
                        row.getBoolean("rolsuper"),
                        row.getBoolean("may_create")))
            .orElseThrow();
    role(role);
    TargetNames names =
        new TargetNames(target.renaming(), description, TargetCatalog.extensionSchemas(connection));
    TargetCatalog catalog =
        TargetCatalog.read(connection, PostgresTables.targetSchemas(names, description));
    names();
    schemas(role, names, catalog);
    extensions(role, catalog);
    types(names, catalog);
    routines(names);
    tables(role, names, catalog);
  }

  private void role(Role role) throws SQLException {
    String user = Identifiers.quote(role.name());
    if (role.standby()) {
      findings.error(
          Findings.TARGET,
          "the server is a standby (it is in recovery) and takes no writes",
          "let target.url name the primary");
    } else if (role.readOnly()) {
      findings.error(
          Findings.TARGET,
          "transactions are read only (default_transaction_read_only)",
          "ALTER DATABASE "
              + Identifiers.quote(role.database())
              + " SET default_transaction_read_only = off");
    }
    // Asked of the server itself: hosted ones let roles do it that are no superusers.
    Savepoint before = connection.setSavepoint();
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL session_replication_role = 'replica'");
    } catch (SQLException e) {
      findings.error(
          Findings.TARGET,
          "role "
              + role.name()
              + " may not set session_replication_role, so that triggers and"
              + " foreign keys would get in the way of replicated rows",
          "GRANT SET ON PARAMETER session_replication_role TO "
              + user
              + " (version 15 or later), or: ALTER ROLE "
              + user
              + " SUPERUSER");
    } finally {
      connection.rollback(before);
    }
  }

  /** Every table has these (PostgreSQL manual, 5.6), and takes no others of their names. */
  private static final Set<String> SYSTEM_COLUMNS =
      Set.of("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid");

  /** PostgreSQL would cut such a name, and then know it under the shorter one only. */
  private void names() {
    for (TableDefinition table : description.tables()) {
      TableId id = target.renaming().targetOf(table.id());
      List<String> tooLong =
          java.util.stream.Stream.concat(
                  java.util.stream.Stream.of(id.schema(), id.name()),
                  table.columns().stream().map(PostgresSchemaDescription.ColumnDefinition::name))
              .filter(name -> !TargetNames.fits(name))
              .toList();
      if (!tooLong.isEmpty()) {
        findings.error(
            table.id().toString(),
            "PostgreSQL's names have 63 bytes at most, and these have more: " + tooLong,
            "rename the table on the way, or exclude the columns");
      }
      List<String> taken =
          table.columns().stream()
              .map(PostgresSchemaDescription.ColumnDefinition::name)
              .filter(SYSTEM_COLUMNS::contains)
              .toList();
      if (!taken.isEmpty()) {
        findings.error(
            table.id().toString(),
            "PostgreSQL's tables have system columns of the names " + taken + " already",
            "rename the columns at the source, or leave them out: list the others under"
                + " source.columns");
      }
    }
  }

  private void schemas(Role role, TargetNames names, TargetCatalog catalog) throws SQLException {
    String user = Identifiers.quote(role.name());
    Set<String> missing = new TreeSet<>(PostgresTables.targetSchemas(names, description));
    missing.add("tidemark");
    missing.removeIf(catalog::hasSchema);
    if (!missing.isEmpty() && !role.mayCreate()) {
      findings.error(
          Findings.TARGET,
          "role "
              + role.name()
              + " may not make the schemas "
              + missing
              + " (it lacks CREATE on"
              + " the database)",
          "GRANT CREATE ON DATABASE " + Identifiers.quote(role.database()) + " TO " + user);
    }
    Set<String> needed = new TreeSet<>();
    description.tables().stream()
        .map(table -> names.of(table.id()))
        .filter(id -> catalog.relation(id).isEmpty() && catalog.hasSchema(id.schema()))
        .forEach(id -> needed.add(id.schema()));
    for (String schema : needed) {
      boolean may =
          CatalogQuery.first(connection, MAY_CREATE_IN, row -> row.getBoolean(1), schema)
              .orElseThrow();
      if (!may) {
        findings.error(
            Findings.TARGET,
            "role " + role.name() + " may not make tables in schema " + schema,
            "GRANT USAGE, CREATE ON SCHEMA " + Identifiers.quote(schema) + " TO " + user);
      }
    }
  }

  private void extensions(Role role, TargetCatalog catalog) throws SQLException {
    for (Extension extension : description.extensions()) {
      if (catalog.hasExtension(extension.name())) {
        continue;
      }
      String create = "CREATE EXTENSION " + Identifiers.quote(extension.name());
      Optional<Availability> available =
          CatalogQuery.first(
              connection,
              EXTENSION,
              row -> new Availability(row.getBoolean("superuser"), row.getBoolean("trusted")),
              extension.name());
      if (available.isEmpty()) {
        findings.error(
            Findings.TARGET,
            "extension " + extension.name() + " is not installed on the server",
            "install its package on the target's machine, then: " + create);
      } else if (available.get().superuser()
          && !role.superuser()
          && !(available.get().trusted() && role.mayCreate())) {
        findings.error(
            Findings.TARGET,
            "extension "
                + extension.name()
                + " is missing, and role "
                + role.name()
                + " may not make it",
            "as a superuser: " + create + " SCHEMA " + Identifiers.quote(extension.schema()));
      }
    }
  }

  private void types(TargetNames names, TargetCatalog catalog) throws SQLException {
    for (UserType type : description.types()) {
      TableId id = names.of(type.id());
      Optional<TargetCatalog.Type> there = catalog.type(id);
      if (there.isPresent()
          && type instanceof UserType.EnumType wanted
          && !there.get().labels().equals(wanted.labels())) {
        findings.error(
            Findings.TARGET,
            "type "
                + id
                + " is there with the labels "
                + there.get().labels()
                + ", the source has "
                + wanted.labels(),
            "ALTER TYPE " + Identifiers.quote(id) + " ADD VALUE …, or drop it (it is made anew)");
      }
      if (there.isPresent()) {
        new UserTypeCheck(names, findings).check(type, there.get());
      }
    }
    for (TableId type : description.foreignTypes()) {
      String name = names.quoted(type);
      boolean there =
          CatalogQuery.first(
                  connection,
                  "SELECT pg_catalog.to_regtype(?) IS NOT NULL",
                  row -> row.getBoolean(1),
                  name)
              .orElseThrow();
      if (!there) {
        findings.error(
            Findings.TARGET,
            "type " + name + " is missing and is of a kind that is not made by the job",
            "make it at the target, or exclude the tables or columns that use it");
      }
    }
  }

  private void routines(TargetNames names) throws SQLException {
    for (Routine routine : description.routines()) {
      String signature = names.quoted(routine.name()) + "(" + names.sql(routine.arguments()) + ")";
      boolean there =
          CatalogQuery.first(
                  connection,
                  "SELECT pg_catalog.to_regprocedure(?) IS NOT NULL",
                  row -> row.getBoolean(1),
                  signature)
              .orElseThrow();
      if (!there) {
        findings.error(
            Findings.TARGET,
            "function " + signature + " is missing; " + routine.usedBy() + " calls it",
            "make the function at the target: functions are not copied");
      }
    }
  }

  private void tables(Role role, TargetNames names, TargetCatalog catalog) throws SQLException {
    List<TableDefinition> present =
        description.tables().stream()
            .filter(table -> !table.partition())
            .filter(table -> catalog.relation(names.of(table.id())).isPresent())
            .toList();
    description.tables().stream()
        .filter(table -> !table.partition() && copied.contains(table.id()))
        .filter(table -> catalog.relation(names.of(table.id())).isEmpty())
        .forEach(
            table -> findings.error(table.id().toString(), LostTable.PROBLEM, LostTable.REMEDY));
    Set<String> ours = new TreeSet<>();
    description.tables().forEach(table -> ours.add(names.quoted(table.id())));
    TableShape shape =
        TableShape.read(
            connection,
            names,
            description,
            present.stream()
                .map(table -> catalog.relation(names.of(table.id())).orElseThrow().oid())
                .toList());
    FilledTables filled = new FilledTables();
    // Of all tables at once: there may be thousands.
    Map<TableId, Fact> facts =
        new PostgresTargetFacts()
            .read(
                connection,
                present.stream()
                    .map(table -> catalog.relation(names.of(table.id())).orElseThrow())
                    .filter(TargetCatalog.Relation::table)
                    .map(TargetCatalog.Relation::id)
                    .toList());
    for (TableDefinition table : present) {
      TableId id = names.of(table.id());
      TargetCatalog.Relation there = catalog.relation(id).orElseThrow();
      List<String> differences = shape.differences(table, there);
      if (!differences.isEmpty()) {
        findings.error(
            table.id().toString(),
            TableShape.sentence(id, differences),
            copied.contains(table.id())
                ? "change what differs at the target; or run the job once with the table taken out"
                    + " of source.tables, which forgets it, then: "
                    + drop(id)
                    + " and run the job with it again, which copies it anew"
                : "change what differs, or: "
                    + drop(id)
                    + " (it is made anew), or rename it on the way");
      }
      if (there.table()) {
        present(role, table, there, Optional.ofNullable(facts.get(there.id())), filled);
        if (!streamKnown) {
          keysInTheWay(table, there, shape);
        }
      }
    }
    filled.report(ours, existing, findings);
  }

  /** With the foreign keys that refer to it, which would keep it; those of ours are made again. */
  private static String drop(TableId table) {
    return "DROP TABLE " + Identifiers.quote(table) + " CASCADE";
  }

  private void present(
      Role role,
      TableDefinition table,
      TargetCatalog.Relation there,
      Optional<Fact> fact,
      FilledTables filled)
      throws SQLException {
    String where = table.id().toString();
    String name = Identifiers.quote(there.id());
    TableState state =
        CatalogQuery.first(
                connection,
                TABLE,
                row ->
                    new TableState(
                        row.getBoolean("owned"),
                        row.getString("owner"),
                        CatalogQuery.texts(row, "referring")),
                there.oid())
            .orElseThrow();
    if (!state.owned() && !role.superuser()) {
      findings.error(
          where,
          "table "
              + there.id()
              + " at the target belongs to "
              + state.owner()
              + ", and role "
              + role.name()
              + " cannot build its indexes",
          "ALTER TABLE " + name + " OWNER TO " + Identifiers.quote(role.name()));
    }
    fact.ifPresent(
        found ->
            found
                .obstacles()
                .forEach(
                    obstacle ->
                        findings.error(
                            where,
                            "table " + there.id() + " at the target " + obstacle.problem(),
                            obstacle.remedy())));
    if (!streamKnown) {
      filled.add(there.id(), hasRows(name, state.owned() || role.superuser()), state.referring());
    }
  }

  private boolean hasRows(String name, boolean mayRead) throws SQLException {
    return mayRead && CatalogQuery.exists(connection, "SELECT FROM " + name + " LIMIT 1");
  }

  private void keysInTheWay(TableDefinition table, TargetCatalog.Relation there, TableShape shape) {
    for (TableShape.UniqueKey key : shape.keysInTheWay(table, there)) {
      String name = Identifiers.quote(key.name());
      String problem =
          "table "
              + there.id()
              + " at the target has "
              + (key.exclusion() ? "exclusion constraint " : "unique key ")
              + key.name()
              + ", which rows that are copied at different moments may break";
      String remedy =
          key.constraint()
              ? "ALTER TABLE "
                  + Identifiers.quote(there.id())
                  + " DROP CONSTRAINT "
                  + name
                  + "; what the source has of these is built after the copy"
              : "DROP INDEX "
                  + Identifiers.quote(new TableId(there.id().schema(), key.name()))
                  + "; what the source has of these is built after the copy";
      if (inDoubt && !streamKnown) {
        findings.error(
            table.id().toString(),
            problem + ", and without locks (copy.lock: none) rows go back for a moment",
            remedy + "; or copy with locks (copy.lock: tables)");
      } else {
        findings.warning(table.id().toString(), problem, remedy);
      }
    }
  }
}
