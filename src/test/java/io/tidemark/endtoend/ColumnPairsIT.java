package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.endtoend.ColumnPairs.Kind;
import io.tidemark.endtoend.ColumnPairs.Source;
import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.job.Databases;
import io.tidemark.job.TidemarkJob;
import io.tidemark.lab.Loans;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.SchemaChanges;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every type of a source into every type of a column that somebody made at the target: either
 * {@code check} refuses the pair, with both types and a remedy, or every value arrives as it is,
 * through the copy and through the log, or is refused by itself. There is nothing else. Which it
 * is, pair by pair, is in {@code column-pairs}.
 */
class ColumnPairsIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  /** Each value is copied under its number, and comes by the log in two ways. */
  private static final List<Integer> WAYS = List.of(0, 100, 200);

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"POSTGRES_TO_POSTGRES"})
  void everyPairIsRefusedOrKeepsEveryValue(Route route) throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, route).pair("pairs");
    List<Source> sources = ColumnPairs.sources(route.source());
    List<String> targets = ColumnPairs.targets(route.target());
    make(pair, sources, targets);
    Set<String> refused = refused(pair, sources, targets);
    removeColumns(pair, sources, targets, refused);
    fill(pair, sources, targets, refused, 0);
    TidemarkJob job =
        nullInstead(JobSettings.of(pair).checkpointInterval(Duration.ofMillis(250)).job());
    try (CopyJob copy = CopyJob.start(pair, job)) {
      copy.awaitConsistent();
      stream(pair, sources, targets, refused);
      copy.awaitCaughtUp().awaitFinished();
    }
    List<String> lines = new ArrayList<>();
    for (int table = 0; table < sources.size(); table++) {
      lines.addAll(outcomes(pair, sources.get(table), table, targets, refused));
    }
    assertRecorded(route, lines);
  }

  /** Their values go in the server's own form, which only a column of the same type reads alike. */
  @Test
  void betweenTwoOfPostgresOnlyTheSameTypeWillDo() throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, Route.POSTGRES_TO_POSTGRES).pair("own");
    List<String> types = ColumnPairs.targets(Vendor.POSTGRES);
    List<Source> sources =
        types.stream().map(type -> new Source(type, Kind.TEXT, List.of())).toList();
    make(pair, sources, types);
    Set<String> refused = refused(pair, sources, types);
    for (int table = 0; table < types.size(); table++) {
      assertThat(allowed(types, table, refused)).as(types.get(table)).containsExactly(table);
    }
  }

  private static TidemarkJob nullInstead(TidemarkJob job) {
    return new TidemarkJob(
        job.name(),
        job.source(),
        job.selection(),
        job.target(),
        job.existing(),
        OnBadValue.NULL,
        job.renaming(),
        job.copy(),
        job.checkpoint(),
        SchemaChanges.STOP);
  }

  private static void make(TwoServers.Pair pair, List<Source> sources, List<String> targets)
      throws SQLException {
    List<String> here = new ArrayList<>(ColumnPairs.preparations(pair.source().vendor()));
    List<String> there = new ArrayList<>(ColumnPairs.preparations(pair.target().vendor()));
    for (int table = 0; table < sources.size(); table++) {
      String type = sources.get(table).type();
      here.add(create(table, targets.stream().map(target -> type).toList()));
      there.add(create(table, targets));
    }
    pair.execute(here.toArray(String[]::new));
    pair.target().execute(pair.name(), there.toArray(String[]::new));
  }

  private static String create(int table, List<String> types) {
    return "CREATE TABLE s%d (id int PRIMARY KEY, ".formatted(table)
        + IntStream.range(0, types.size())
            .mapToObj(i -> "c" + i + " " + types.get(i))
            .collect(Collectors.joining(", "))
        + ")";
  }

  /** The pairs that {@code check} refuses, as {@code s1.c2}; each says why and what to do. */
  private static Set<String> refused(
      TwoServers.Pair pair, List<Source> sources, List<String> targets) {
    List<Finding> errors =
        Databases.of(JobSettings.of(pair).job()).preflight().check().stream()
            .filter(finding -> finding.severity() == Severity.ERROR)
            .toList();
    Set<String> refused = new HashSet<>();
    for (int table = 0; table < sources.size(); table++) {
      String name = ".s" + table;
      List<Finding> ofTable =
          errors.stream().filter(finding -> finding.where().endsWith(name)).toList();
      assertThat(ofTable).allSatisfy(finding -> assertThat(finding.remedy()).isNotEmpty());
      List<String> sentences =
          ofTable.stream()
              .flatMap(finding -> List.of(finding.problem().split("; it ")).stream())
              .toList();
      for (int column = 0; column < targets.size(); column++) {
        String wanted = "column c" + column + " ";
        String bare = bare(targets.get(column));
        List<String> found = sentences.stream().filter(s -> s.contains(wanted)).toList();
        if (!found.isEmpty()) {
          assertThat(found)
              .as("%s into %s", sources.get(table).type(), targets.get(column))
              .singleElement()
              .satisfies(sentence -> assertThat(sentence.toLowerCase(Locale.ROOT)).contains(bare));
          refused.add("s" + table + ".c" + column);
        }
      }
      assertThat(sentences).hasSize(refusedOf(refused, table));
    }
    assertThat(errors).allMatch(finding -> finding.where().matches(".*\\.s\\d+"));
    return refused;
  }

  private static int refusedOf(Set<String> refused, int table) {
    return (int) refused.stream().filter(pair -> pair.startsWith("s" + table + ".")).count();
  }

  /** What every server prints of the type. */
  private static String bare(String type) {
    return type.replaceAll("\\(.*| .*|\"", "")
        .replace("timetz", "time")
        .replace("timestamptz", "timestamp");
  }

  private static void removeColumns(
      TwoServers.Pair pair, List<Source> sources, List<String> targets, Set<String> refused)
      throws SQLException {
    List<String> statements = new ArrayList<>();
    for (int table = 0; table < sources.size(); table++) {
      String prefix = "s" + table + ".c";
      String drops =
          IntStream.range(0, targets.size())
              .filter(column -> refused.contains(prefix + column))
              .mapToObj(column -> "DROP COLUMN c" + column)
              .collect(Collectors.joining(", "));
      if (!drops.isEmpty()) {
        statements.add("ALTER TABLE s%d %s".formatted(table, drops));
      }
    }
    pair.execute(statements.toArray(String[]::new));
    pair.target().execute(pair.name(), statements.toArray(String[]::new));
  }

  private static List<Integer> allowed(List<String> targets, int table, Set<String> refused) {
    return IntStream.range(0, targets.size())
        .filter(column -> !refused.contains("s" + table + ".c" + column))
        .boxed()
        .toList();
  }

  private static void fill(
      TwoServers.Pair pair,
      List<Source> sources,
      List<String> targets,
      Set<String> refused,
      int way)
      throws SQLException {
    List<String> statements = new ArrayList<>();
    for (int table = 0; table < sources.size(); table++) {
      Source source = sources.get(table);
      List<Integer> columns = allowed(targets, table, refused);
      for (int row = 0; row < source.values().size(); row++) {
        String value = source.values().get(row);
        statements.add(
            "INSERT INTO s%d VALUES (%d".formatted(table, way + row)
                + columns.stream()
                    .map(
                        column ->
                            ", "
                                + ColumnPairs.taken(
                                    source, pair.target().vendor(), targets.get(column), value))
                    .collect(Collectors.joining())
                + ")");
      }
    }
    pair.execute(statements.toArray(String[]::new));
  }

  /** Rows that are inserted, and others that come as nulls and are changed, several at a time. */
  private static void stream(
      TwoServers.Pair pair, List<Source> sources, List<String> targets, Set<String> refused)
      throws SQLException {
    fill(pair, sources, targets, refused, WAYS.get(1));
    List<String> statements = new ArrayList<>();
    for (int table = 0; table < sources.size(); table++) {
      int first = WAYS.get(2);
      for (int row = 0; row < sources.get(table).values().size(); row++) {
        statements.add("INSERT INTO s%d (id) VALUES (%d)".formatted(table, first + row));
      }
      String own = "s" + table;
      String set =
          allowed(targets, table, refused).stream()
              .map(
                  column ->
                      "c%1$d = (SELECT v FROM (SELECT id AS i, c%1$d AS v FROM %2$s) AS o"
                              .formatted(column, own)
                          + " WHERE i = %s.id - %d)".formatted(own, first))
              .collect(Collectors.joining(", "));
      if (!set.isEmpty()) {
        statements.add("UPDATE %s SET %s WHERE id >= %d".formatted(own, set, first));
      }
    }
    pair.execute(statements.toArray(String[]::new));
  }

  private static List<String> outcomes(
      TwoServers.Pair pair, Source source, int table, List<String> targets, Set<String> refused)
      throws SQLException {
    List<Integer> columns = allowed(targets, table, refused);
    List<List<String>> here =
        rows(
            pair.source().connect(pair.name()),
            pair.source().vendor(),
            table,
            columns,
            columns.stream().map(column -> source.type()).toList());
    List<List<String>> there =
        rows(
            pair.target().connect(pair.name()),
            pair.target().vendor(),
            table,
            columns,
            columns.stream().map(targets::get).toList());
    int values = source.values().size();
    assertThat(there).as(source.type()).hasSize(values * WAYS.size());
    List<String> whole = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      String target = targets.get(columns.get(i));
      List<String> notKept = new ArrayList<>();
      for (int row = 0; row < values; row++) {
        String wanted = here.get(row).get(i);
        if (wanted == null) {
          continue; // the type has no value that the other one takes
        }
        Set<Boolean> arrived = new HashSet<>();
        for (int way = 0; way < WAYS.size(); way++) {
          String found = there.get(way * values + row).get(i);
          if (found != null) {
            assertThat(SameValue.of(source.kind(), pair.target().vendor(), target, wanted, found))
                .as("%s %s into %s: %s, way %d", source.type(), wanted, target, found, way)
                .isTrue();
          }
          arrived.add(found != null);
        }
        assertThat(arrived).as("%s %s into %s", source.type(), wanted, target).hasSize(1);
        if (arrived.contains(false)) {
          notKept.add(source.values().get(row));
        }
      }
      if (notKept.isEmpty()) {
        whole.add(target);
      } else {
        lines.add("  " + target + ": not " + String.join(" ", notKept));
      }
    }
    lines.add(0, source.type() + ": " + String.join(", ", whole));
    return lines;
  }

  private static List<List<String>> rows(
      Connection opened, Vendor vendor, int table, List<Integer> columns, List<String> types)
      throws SQLException {
    String list =
        IntStream.range(0, columns.size())
            .mapToObj(i -> ", " + ColumnPairs.printed(vendor, types.get(i), "c" + columns.get(i)))
            .collect(Collectors.joining());
    try (Connection connection = opened;
        Statement statement = connection.createStatement()) {
      statement.execute(
          vendor == Vendor.POSTGRES
              ? "SET TimeZone = 'UTC'"
              : "SET time_zone = '+00:00', NAMES utf8mb4");
      List<List<String>> all = new ArrayList<>();
      try (ResultSet rows =
          statement.executeQuery("SELECT id" + list + " FROM s" + table + " ORDER BY id")) {
        while (rows.next()) {
          List<String> row = new ArrayList<>();
          for (int i = 0; i < columns.size(); i++) {
            byte[] text = rows.getBytes(i + 2);
            row.add(text == null ? null : new String(text, StandardCharsets.UTF_8));
          }
          all.add(row);
        }
      }
      return all;
    }
  }

  /** What was found is kept beside the other results of the build, to be compared and copied. */
  private static void assertRecorded(Route route, List<String> lines) throws IOException {
    String name = route.name().toLowerCase(Locale.ROOT) + ".txt";
    Path found = Path.of("target", "column-pairs", name);
    Files.createDirectories(found.getParent());
    Files.write(found, lines);
    try (InputStream in = ColumnPairsIT.class.getResourceAsStream("column-pairs/" + name)) {
      assertThat(in).as("column-pairs/" + name).isNotNull();
      assertThat(lines)
          .isEqualTo(new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
    }
  }
}
