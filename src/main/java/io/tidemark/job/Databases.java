package io.tidemark.job;

import io.tidemark.database.PortableSchema;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.TargetDatabase;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.MySqlTarget;
import io.tidemark.database.postgres.PostgresSource;
import io.tidemark.database.postgres.PostgresTarget;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import io.tidemark.settings.SourceSettings.Lock;
import io.tidemark.staging.SinkTable;
import io.tidemark.staging.StagedSink;
import io.tidemark.staging.TablesSink;
import io.tidemark.verify.ComparisonReport;
import io.tidemark.verify.RowComparison;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The one place that knows which databases there are and picks one by its URL. */
public final class Databases {

  /** Whose databases there are; MariaDB is MySQL's folder with a URL of its own. */
  private enum Vendor {
    POSTGRESQL("jdbc:postgresql:"),
    MYSQL("jdbc:mysql:"),
    MARIADB("jdbc:mariadb:");

    private final String prefix;
    private final Pattern url;

    Vendor(String prefix) {
      this.prefix = prefix;
      this.url =
          Pattern.compile(
              prefix + "//(?<hosts>[^/?#@]+)/(?<database>[^/?#]+)(?:\\?(?<parameters>.*))?",
              Pattern.DOTALL);
    }

    static Optional<Vendor> of(String url) {
      return Arrays.stream(values()).filter(vendor -> url.startsWith(vendor.prefix)).findFirst();
    }
  }

  /** Names the sessions that compare, beside those of the streams. */
  private static final String COMPARISON = "tidemark_comparison";

  /** Names the sessions of sinks that end others, beside those of the streams. */
  private static final String SQL_SINK = "sql_sink";

  private static final Pattern HOST =
      Pattern.compile("(?:[^\\[\\]:,\\s]+|\\[[^\\]]+])(?::\\d{1,5})?");

  private Databases() {}

  /** What is wrong with a URL, for a person and without quoting it; empty if nothing is. */
  public static Optional<String> checkUrl(String url) {
    Optional<Vendor> vendor = Vendor.of(url);
    if (vendor.isEmpty()) {
      return Optional.of(
          "this is not a database that Tidemark copies; supported are PostgreSQL"
              + " (jdbc:postgresql://host:port/database), MySQL (jdbc:mysql://…) and MariaDB"
              + " (jdbc:mariadb://…)");
    }
    String address = url.split("\\?", 2)[0];
    if (address.contains("@")) {
      return Optional.of(
          "user and password do not belong into the URL, where messages and logs would show them;"
              + " use the settings user and password");
    }
    var matcher = vendor.get().url.matcher(url);
    if (!matcher.matches()
        || !Arrays.stream(matcher.group("hosts").split(",", -1))
            .allMatch(host -> HOST.matcher(host).matches())) {
      return Optional.of("the URL must look like " + vendor.get().prefix + "//host:port/database");
    }
    return Optional.ofNullable(matcher.group("parameters")).flatMap(Databases::checkParameters);
  }

  private static Optional<String> checkParameters(String parameters) {
    for (String parameter : parameters.split("&", -1)) {
      String name = parameter.split("=", 2)[0].toLowerCase(Locale.ROOT);
      if (name.equals("user") || name.equals("password")) {
        return Optional.of(
            name
                + " does not belong into the URL, where messages and logs would show it; use the"
                + " setting "
                + name);
      }
    }
    return Optional.empty();
  }

  /** Which schema is meant where none is named; empty if the URL names none either. */
  public static String defaultSchema(String url) {
    return Vendor.of(url)
        .map(
            vendor -> {
              var matcher = vendor.url.matcher(url);
              return vendor == Vendor.POSTGRESQL
                  ? "public"
                  : matcher.matches() ? matcher.group("database") : "";
            })
        .orElse("");
  }

  /** Whether a source of this URL has {@code tinyint(1)} for booleans. */
  static boolean writesBooleansAsTinyint(String url) {
    return Vendor.of(url).filter(vendor -> vendor != Vendor.POSTGRESQL).isPresent();
  }

  private static boolean isPostgres(String url) {
    return Vendor.of(url).filter(vendor -> vendor == Vendor.POSTGRESQL).isPresent();
  }

  /** Whether a database of this URL has a type for any moment, whatever the time zone. */
  public static boolean hasInstants(String url) {
    return isPostgres(url);
  }

  /** Whether a source of this URL sends what a publication says. */
  static boolean hasPublications(String url) {
    return isPostgres(url);
  }

  /** Whether {@code copy.lock} means anything to a source of this URL: it is ignored at MariaDB. */
  static boolean takesLocks(String url) {
    return Vendor.of(url).filter(vendor -> vendor != Vendor.POSTGRESQL).isPresent();
  }

  /** Whether a job's snapshots are known within bounds only. */
  static boolean copiesInDoubt(TidemarkJob job) {
    return job.copy().lock() == TidemarkJob.Copy.Lock.NONE && vendor(job.source()) == Vendor.MYSQL;
  }

  /** The databases of a job, picked by their URLs. Opens no connection. */
  public static JobDatabases of(TidemarkJob job) {
    return new JobDatabases(job, source(job), target(job));
  }

  private static SourceDatabase source(TidemarkJob job) {
    Lock lock = job.copy().lock() == TidemarkJob.Copy.Lock.NONE ? Lock.NONE : Lock.TABLES;
    return source(
        job.source(),
        job.name(),
        job.selection(),
        new SourceSettings(job.schemaChanges(), lock, job.publication()));
  }

  /** A database to copy from, picked by its URL. Opens no connection. */
  public static SourceDatabase source(
      ConnectionSpec connection, String stream, Selection selection, SourceSettings settings) {
    return switch (vendor(connection)) {
      case POSTGRESQL -> new PostgresSource(connection, stream, selection, settings);
      case MYSQL, MARIADB -> new MySqlSource(connection, stream, selection, settings);
    };
  }

  /** A table that takes rows from anywhere, in a database picked by its URL. */
  public static StagedSink sink(ConnectionSpec connection, SinkTable table) {
    return switch (vendor(connection)) {
      case POSTGRESQL -> new PostgresTarget(connection, SQL_SINK, Renaming.none()).sink(table);
      case MYSQL, MARIADB ->
          new MySqlTarget(connection, SQL_SINK, Renaming.none(), OnBadValue.ERROR).sink(table);
    };
  }

  /**
   * Tables that take rows from anywhere, and change between them, in a database picked by its URL.
   *
   * @param name of the sink in the ledger
   */
  public static TablesSink sink(ConnectionSpec connection, String name) {
    return switch (vendor(connection)) {
      case POSTGRESQL -> new PostgresTarget(connection, SQL_SINK, Renaming.none()).sink(name);
      case MYSQL, MARIADB ->
          new MySqlTarget(connection, SQL_SINK, Renaming.none(), OnBadValue.ERROR).sink(name);
    };
  }

  /**
   * Makes a table, and the schema that it is in, in a database picked by its URL. One that is there
   * is left as it is, and refused if it has rows.
   */
  public static void create(ConnectionSpec connection, PortableSchema.TableDefinition table) {
    target(connection, SQL_SINK, Renaming.none(), OnBadValue.ERROR)
        .prepareTables(
            () -> new PortableSchema(List.of(table), List.of()), Set.of(), ExistingRows.FAIL);
  }

  private static TargetDatabase target(TidemarkJob job) {
    return target(job.target(), job.name(), job.renaming(), job.onBadValue());
  }

  private static TargetDatabase target(
      ConnectionSpec connection, String stream, Renaming renaming, OnBadValue onBadValue) {
    return switch (vendor(connection)) {
      case POSTGRESQL -> new PostgresTarget(connection, stream, renaming, onBadValue);
      case MYSQL, MARIADB -> new MySqlTarget(connection, stream, renaming, onBadValue);
    };
  }

  /**
   * Compares two databases row by row: exactly, where both are PostgreSQL, and otherwise by what
   * the source's types take for the same.
   *
   * @param selection which tables, columns and rows of the source are expected at the target
   * @param renaming what they are called there
   */
  public static ComparisonReport compare(
      ConnectionSpec source, ConnectionSpec target, Selection selection, Renaming renaming) {
    if (vendor(source) == Vendor.POSTGRESQL && vendor(target) == Vendor.POSTGRESQL) {
      return new RowComparison(
              new PostgresSource(source, COMPARISON, selection)::openExactReader,
              tables -> new PostgresSource(target, COMPARISON, tables).openExactReader(),
              renaming)
          .compare();
    }
    return new RowComparison(
            () -> reading(source, selection).openReader(),
            tables -> reading(target, tables).openReader(),
            renaming)
        .compare()
        .with(target(target, COMPARISON, renaming, OnBadValue.DEAD_LETTER).deadLetters());
  }

  private static SourceDatabase reading(ConnectionSpec connection, Selection selection) {
    return source(connection, COMPARISON, selection, SourceSettings.DEFAULT);
  }

  private static Vendor vendor(ConnectionSpec connection) {
    return Vendor.of(connection.url())
        .orElseThrow(
            () -> new IllegalArgumentException("no database for " + connection.displayUrl()));
  }
}
