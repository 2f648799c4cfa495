package io.tidemark.job;

import io.tidemark.database.ConnectionSpec;
import io.tidemark.database.Renaming;
import io.tidemark.database.Selection;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.MySqlSourceSettings;
import io.tidemark.database.postgres.PostgresSource;
import io.tidemark.database.postgres.PostgresTarget;
import io.tidemark.verify.ComparisonReport;
import io.tidemark.verify.PortableComparison;
import io.tidemark.verify.RowComparison;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** The one place that knows which databases there are and picks one by its URL. */
public final class Databases {

  private static final String POSTGRES = "jdbc:postgresql:";

  /** Names the sessions that compare, beside those of the streams. */
  private static final String COMPARISON = "tidemark_comparison";

  private static final Pattern POSTGRES_URL =
      Pattern.compile(
          "jdbc:postgresql://(?<hosts>[^/?#@]+)/(?<database>[^/?#]+)(?:\\?(?<parameters>.*))?",
          Pattern.DOTALL);
  private static final Pattern HOST =
      Pattern.compile("(?:[^\\[\\]:,\\s]+|\\[[^\\]]+])(?::\\d{1,5})?");

  private Databases() {}

  /** What is wrong with a URL, for a person and without quoting it; empty if nothing is. */
  static Optional<String> checkUrl(String url) {
    if (!url.startsWith(POSTGRES)) {
      return Optional.of(
          "this is not a database that Tidemark copies; supported is PostgreSQL"
              + " (jdbc:postgresql://host:port/database)");
    }
    String address = url.split("\\?", 2)[0];
    if (address.contains("@")) {
      return Optional.of(
          "user and password do not belong into the URL, where messages and logs would show them;"
              + " use the settings user and password");
    }
    var matcher = POSTGRES_URL.matcher(url);
    if (!matcher.matches()
        || !java.util.Arrays.stream(matcher.group("hosts").split(",", -1))
            .allMatch(host -> HOST.matcher(host).matches())) {
      return Optional.of("the URL must look like jdbc:postgresql://host:port/database");
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

  /** The databases of a job, picked by their URLs. Opens no connection. */
  public static JobDatabases of(TidemarkJob job) {
    return new JobDatabases(
        job,
        new PostgresSource(job.source(), job.name(), job.selection()),
        new PostgresTarget(job.target(), job.name(), job.renaming(), job.onBadValue()));
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
    if (source.url().startsWith(POSTGRES) && target.url().startsWith(POSTGRES)) {
      return new RowComparison(source, target, selection, renaming).compare();
    }
    return new PortableComparison(
            reading(source, selection), tables -> reading(target, tables), renaming)
        .compare();
  }

  private static SourceDatabase reading(ConnectionSpec spec, Selection selection) {
    return spec.url().startsWith(POSTGRES)
        ? new PostgresSource(spec, COMPARISON, selection)
        : new MySqlSource(spec, COMPARISON, selection, MySqlSourceSettings.DEFAULT);
  }
}
