package io.tidemark.table;

import static io.tidemark.table.SourceTableOptions.CHUNK_SIZE;
import static io.tidemark.table.SourceTableOptions.CYCLE;
import static io.tidemark.table.SourceTableOptions.DATABASE_NAME;
import static io.tidemark.table.SourceTableOptions.HOSTNAME;
import static io.tidemark.table.SourceTableOptions.PASSWORD;
import static io.tidemark.table.SourceTableOptions.PORT;
import static io.tidemark.table.SourceTableOptions.SLOT_NAME;
import static io.tidemark.table.SourceTableOptions.STARTUP_MODE;
import static io.tidemark.table.SourceTableOptions.STREAM;
import static io.tidemark.table.SourceTableOptions.USERNAME;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.SourceMemory;
import io.tidemark.job.Databases;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.CheckedJob;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import io.tidemark.settings.StreamNames;
import io.tidemark.source.CopySettings;
import io.tidemark.source.Submission;
import io.tidemark.source.TidemarkSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.ValidationException;

/**
 * Tables of a database that are read as they are, and not as a DDL declares them: by options under
 * the names that source tables have.
 *
 * @param name for whose sake, in messages
 * @param stream names what the source puts up in the database
 * @param copy how the copy is paced
 */
public record WholeTables(
    String name, ConnectionSpec connection, String stream, CopySettings copy) {

  /** How much log the source may hold back, in bytes, before a cycle of the copy is ended. */
  private static final long LOG_LIMIT = 8L << 30;

  /** Which databases have tables of such a kind. */
  public enum Kind {
    /** Of PostgreSQL: a server's database has schemas. */
    POSTGRES,
    /** Of MySQL or MariaDB: a database is a schema. */
    MYSQL;

    private SourceTableFactory factory() {
      return this == POSTGRES ? new PostgresTableFactory() : new MySqlTableFactory();
    }

    private Set<ConfigOption<?>> required() {
      Set<ConfigOption<?>> required = new HashSet<>(Set.of(HOSTNAME, USERNAME, PASSWORD));
      if (factory().hasSchemas()) {
        required.addAll(Set.of(DATABASE_NAME, SLOT_NAME));
      }
      return required;
    }

    private static Set<ConfigOption<?>> optional() {
      return Set.of(PORT, STREAM, STARTUP_MODE, CHUNK_SIZE, CYCLE);
    }
  }

  /**
   * @param given the options; of PostgreSQL, {@code database-name} among them
   * @param more names of options that somebody else knows
   * @param wrong what is wrong already
   * @throws ValidationException with all that is wrong at once
   */
  public static WholeTables of(
      String name, Kind kind, Map<String, String> given, Set<String> more, List<String> wrong) {
    Map<String, String> sorted = new TreeMap<>(given);
    Set<String> known =
        Stream.concat(kind.required().stream(), Kind.optional().stream())
            .map(ConfigOption::key)
            .collect(Collectors.toCollection(HashSet::new));
    known.addAll(more);
    SourceTableFactory.requireKnown(name, sorted, kind.required(), known, wrong);
    Configuration options = Configuration.fromMap(sorted);
    SourceTableFactory.requireReasonable(options, wrong);
    require(name, wrong);
    String stream = options.getOptional(STREAM).or(() -> options.getOptional(SLOT_NAME)).orElse("");
    return new WholeTables(
        name,
        kind.factory().connection(options, sorted),
        stream.isEmpty()
            ? "sql_" + UUID.randomUUID().toString().replace("-", "").substring(0, 20)
            : stream,
        new CopySettings(
            options.get(CYCLE),
            options.get(CHUNK_SIZE),
            LOG_LIMIT,
            StartupOption.of(options.get(STARTUP_MODE), new ArrayList<>())));
  }

  /**
   * Looks for the tables that are meant.
   *
   * @return as they are now
   * @throws ValidationException with everything for which they cannot be read
   */
  public List<Table> find(Predicate<TableId> meant) {
    SourceDatabase source = TidemarkTableSource.seen(connection);
    List<Table> found = new ArrayList<>();
    List<String> wrong = new ArrayList<>();
    try (SourceControl control = source.openControl(StreamNames.OBSERVER_EPOCH)) {
      control.tables().stream().filter(table -> meant.test(table.id())).forEach(found::add);
    } catch (DatabaseException e) {
      throw new ValidationException(name + " cannot be read: " + e.getMessage(), e);
    }
    if (found.isEmpty()) {
      wrong.add("no table of the database is meant, or the user may not see it");
    } else {
      CheckedJob checked =
          new CheckedJob(1, ExistingRows.FAIL, false)
              .withWholeRows("leave the table out, where that is not wanted");
      source.narrowedTo(ids(found)).check(checked).findings().stream()
          .filter(finding -> finding.severity() == Severity.ERROR)
          .forEach(
              finding ->
                  wrong.add(finding.where() + ": " + finding.problem() + ". " + finding.remedy()));
    }
    require(name, wrong);
    return found;
  }

  /** What reads them. */
  public TidemarkSource source(List<Table> tables) {
    Set<TableId> ids = ids(tables);
    Selection selection =
        new Selection(
            ids.stream().map(table -> table.schema() + ".*").distinct().sorted().toList(),
            Map.of(),
            Map.of(),
            true,
            ids);
    return new TidemarkSource(
        Databases.source(connection, stream, selection, SourceSettings.DEFAULT).portable(),
        Optional.empty(),
        copy,
        new Submission(UUID.randomUUID().toString(), List.of(), SourceMemory.NONE));
  }

  private static Set<TableId> ids(List<Table> tables) {
    return tables.stream().map(Table::id).collect(Collectors.toSet());
  }

  private static void require(String name, List<String> wrong) {
    if (!wrong.isEmpty()) {
      throw new ValidationException(name + " cannot be made:\n- " + String.join("\n- ", wrong));
    }
  }
}
