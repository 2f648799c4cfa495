package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.Preflight;
import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.MySqlTarget;
import io.tidemark.database.postgres.PostgresSource;
import io.tidemark.database.postgres.PostgresTarget;
import io.tidemark.endtoend.fixture.Passage;
import io.tidemark.job.Databases;
import io.tidemark.lab.Loans;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.TableId;
import io.tidemark.settings.CheckedJob;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import io.tidemark.verify.ComparisonReport;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Names of tables and columns that mean something elsewhere, through snapshot and log. */
class NamesIT {

  /** 64 characters, of which some take several bytes: the longest that MySQL has. */
  private static final String LONGEST = "ä".repeat(4) + "n".repeat(60);

  private static final List<String> TABLES =
      List.of("Order", "order", "select", "a.b", "it's", "x`y", "per%cent_", "Größe", "sp ace");

  @RegisterExtension static final Loans LOANS = new Loans();

  @Postgres private static PostgresServer postgres;

  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void everyNameIsTheSameAtTheTarget(MySqlVendor vendor) throws Exception {
    MySqlServer server = LOANS.mySql("quoted", vendor);
    String name = "names_" + vendor;
    String back = name + "_back";
    postgres.createDatabase(name);
    postgres.createDatabase(back);
    postgres.execute(name, "CREATE SCHEMA \"My.Shop\"");
    for (String table : TABLES) {
      String quoted = "\"My.Shop\".\"" + table + "\"";
      postgres.execute(
          name,
          "CREATE TABLE " + quoted + " (\"key\" int PRIMARY KEY, \"a`b.c\" text, \"Group\" text)",
          "INSERT INTO " + quoted + " VALUES (1, 'one', '" + table.replace("'", "''") + "')");
    }
    server.createDatabase("My.Shop");
    PostgresSource source = new PostgresSource(postgres.spec(name), "names", everything());
    Passage passage = new Passage(source, target(server.spec("My.Shop"), Renaming.none()));
    MySqlSource second = source(server.spec("My.Shop"));
    PostgresTarget end =
        new PostgresTarget(postgres.spec(back), "back", Renaming.none(), OnBadValue.ERROR);
    Passage passageBack = new Passage(second, end);
    for (String table : TABLES) {
      String quoted = "\"My.Shop\".\"" + table + "\"";
      postgres.execute(
          name,
          "INSERT INTO " + quoted + " VALUES (2, 'two', 'x'), (3, 'three', 'y')",
          "UPDATE " + quoted + " SET \"a`b.c\" = 'changed' WHERE \"key\" < 3",
          "DELETE FROM " + quoted + " WHERE \"key\" = 3");
    }
    passage.follow();
    passageBack.follow();
    assertSame(postgres.spec(name), server.spec("My.Shop"), Renaming.none(), 18);
    assertSame(postgres.spec(name), postgres.spec(back), Renaming.none(), 18);
  }

  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void theLongestNamesStayWhole(MySqlVendor vendor) throws Exception {
    MySqlServer server = LOANS.mySql("longest", vendor);
    String from = LONGEST;
    String to = "t".repeat(64);
    server.createDatabase(from);
    server.createDatabase(to);
    server.execute(
        from,
        "CREATE TABLE `%1$s` (`%1$s` INT PRIMARY KEY, a INT, b INT, INDEX `%1$s` (b),"
                .formatted(LONGEST)
            + " CONSTRAINT `u%s` UNIQUE (a))".formatted(LONGEST.substring(1)),
        "INSERT INTO `" + LONGEST + "` VALUES (1, 1, 1), (2, 2, 2)");
    Renaming renaming = new Renaming(Map.of(), Map.of(from, to));
    MySqlSource source =
        new MySqlSource(
            server.spec(from),
            "names",
            new Selection(List.of(from + ".*"), Map.of(), Map.of()),
            SourceSettings.DEFAULT);
    Passage passage = new Passage(source, target(server.spec(to), renaming));
    server.execute(
        from,
        "INSERT INTO `" + LONGEST + "` VALUES (3, 3, 3)",
        "UPDATE `" + LONGEST + "` SET a = 5 WHERE `" + LONGEST + "` = 1",
        "DELETE FROM `" + LONGEST + "` WHERE a = 2");
    passage.follow().finish();
    ComparisonReport report =
        Databases.compare(
            server.spec(from),
            server.spec(to),
            new Selection(List.of(from + ".*"), Map.of(), Map.of()),
            renaming);
    assertThat(report.findings()).isEmpty();
    assertThat(report.sourceRows()).isEqualTo(2);
  }

  /** MySQL itself takes this setting for a new data directory only; MariaDB for any. */
  @Test
  void aServerThatKnowsNoCaseTakesNamesThatDoNotNeedIt() throws Exception {
    MySqlServer server = LOANS.mySql("caseless", MySqlVendor.MARIADB, "lower_case_table_names=1");
    postgres.createDatabase("caseless");
    postgres.createDatabase("caseless_back");
    postgres.execute(
        "caseless",
        "CREATE SCHEMA \"Shop\"",
        "CREATE TABLE \"Shop\".\"Customer\" (\"Id\" int PRIMARY KEY, \"Name\" text)",
        "INSERT INTO \"Shop\".\"Customer\" VALUES (1, 'one'), (2, 'two')");
    server.createDatabase("Shop");
    PostgresSource source = new PostgresSource(postgres.spec("caseless"), "cased", everything());
    assertThat(errors(source, target(server.spec("Shop"), Renaming.none()), false)).isEmpty();
    Passage passage = new Passage(source, target(server.spec("Shop"), Renaming.none()));
    Passage back =
        new Passage(
            source(server.spec("shop")),
            new PostgresTarget(
                postgres.spec("caseless_back"), "back", Renaming.none(), OnBadValue.ERROR));
    postgres.execute(
        "caseless",
        "UPDATE \"Shop\".\"Customer\" SET \"Name\" = 'x' WHERE \"Id\" = 1",
        "INSERT INTO \"Shop\".\"Customer\" VALUES (3, 'three')",
        "DELETE FROM \"Shop\".\"Customer\" WHERE \"Id\" = 2");
    passage.follow();
    back.follow();
    assertThat(errors(source, target(server.spec("Shop"), Renaming.none()), true)).isEmpty();
    Renaming lower =
        new Renaming(
            Map.of(new TableId("Shop", "Customer"), new TableId("shop", "customer")), Map.of());
    assertSame(postgres.spec("caseless"), server.spec("shop"), lower, 2);
    assertSame(server.spec("shop"), postgres.spec("caseless_back"), Renaming.none(), 2);

    postgres.execute("caseless", "CREATE TABLE \"Shop\".customer (id int PRIMARY KEY)");
    server.createDatabase("empty");
    Renaming elsewhere = new Renaming(Map.of(), Map.of("Shop", "empty"));
    assertThat(errors(source, target(server.spec("empty"), elsewhere), true))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.problem()).contains("differs in case only");
              assertThat(finding.remedy()).contains("rename.tables");
            });
  }

  private static List<Finding> errors(
      PostgresSource source, MySqlTarget target, boolean streamKnown) {
    CheckedJob job =
        new CheckedJob(2, ExistingRows.FAIL, streamKnown, Duration.ofSeconds(60), false);
    return new Preflight(source.portable(), target, job)
        .check().stream().filter(finding -> finding.severity() == Severity.ERROR).toList();
  }

  private static MySqlSource source(ConnectionSpec spec) {
    return new MySqlSource(spec, "names", everything(), SourceSettings.DEFAULT);
  }

  private static MySqlTarget target(ConnectionSpec spec, Renaming renaming) {
    return new MySqlTarget(spec, "names", renaming, OnBadValue.ERROR);
  }

  private static Selection everything() {
    return new Selection(List.of("*.*"), Map.of(), Map.of());
  }

  private static void assertSame(
      ConnectionSpec source, ConnectionSpec target, Renaming renaming, long rows) {
    ComparisonReport report = Databases.compare(source, target, everything(), renaming);
    assertThat(report.findings()).isEmpty();
    assertThat(report.sourceRows()).isEqualTo(rows);
  }
}
