package io.tidemark.database.postgres.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.postgres.PostgresSource;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.TableId;
import io.tidemark.settings.CheckedJob;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.SchemaChanges;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A role that owns nothing follows a publication that the owner of the tables has made. */
class GivenPublicationIT {

  @Postgres private static PostgresServer server;
  private static int databases;

  private String database;

  @BeforeAll
  static void createRole() throws Exception {
    server.execute("postgres", "CREATE ROLE reader LOGIN REPLICATION");
  }

  @BeforeEach
  void makeTables() throws Exception {
    database = "given_" + databases++;
    server.createDatabase(database);
    sql(
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "CREATE TABLE t (id int PRIMARY KEY, v int)",
        "CREATE TABLE late (id int PRIMARY KEY)",
        "CREATE TABLE other (id int PRIMARY KEY)",
        "CREATE TABLE par (id int PRIMARY KEY, v int) PARTITION BY RANGE (id)",
        "CREATE TABLE par1 PARTITION OF par FOR VALUES FROM (0) TO (100)",
        "INSERT INTO t VALUES (1, 1)",
        "INSERT INTO par VALUES (1, 1)",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
        "VACUUM ANALYZE");
  }

  @AfterEach
  void dropSlot() throws Exception {
    sql("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
  }

  private PostgresSource source(String... tables) {
    return source(new Selection(List.of(tables), Map.of(), Map.of()));
  }

  private PostgresSource source(Selection selection) {
    ConnectionSpec owner = server.spec(database);
    return new PostgresSource(
        new ConnectionSpec(owner.url(), "reader", ""),
        database,
        selection,
        new SourceSettings(SchemaChanges.STOP, SourceSettings.Lock.TABLES, "of the DBA"));
  }

  private void sql(String... statements) throws Exception {
    server.execute(database, statements);
  }

  static List<String> publications() {
    return List.of(
        "CREATE PUBLICATION \"of the DBA\" FOR TABLE t, par, other"
            + " WITH (publish_via_partition_root = true)",
        "CREATE PUBLICATION \"of the DBA\" FOR ALL TABLES"
            + " WITH (publish_via_partition_root = true)",
        "CREATE PUBLICATION \"of the DBA\" FOR TABLES IN SCHEMA public"
            + " WITH (publish_via_partition_root = true)");
  }

  @ParameterizedTest
  @MethodSource("publications")
  void servesHoweverItNamesTheTables(String statement) throws Exception {
    sql(statement);
    PostgresSource source = source("public.t", "public.par");
    assertThat(
            source.check(new CheckedJob(2, ExistingRows.FAIL, false)).findings().stream()
                .filter(finding -> finding.severity() == Severity.ERROR))
        .isEmpty();
    SourceMemory memory;
    SourceControl.LogStart start;
    try (SourceControl control = source.openControl(1)) {
      start = control.createLog();
      sql("CREATE TABLE more (id int PRIMARY KEY)");
      if (statement.contains("FOR TABLE ")) {
        sql("ALTER PUBLICATION \"of the DBA\" ADD TABLE more");
      }
      sql(
          "COMMENT ON PUBLICATION \"of the DBA\" IS 'ours'",
          "CREATE TABLE par2 PARTITION OF par FOR VALUES FROM (100) TO (200)",
          "GRANT SELECT ON par2 TO reader");
      memory = control.requireNothingUnlogged();
    }
    try (SourceControl control = source.openControl(2)) {
      assertThat(control.requireLog(start.position(), memory).memory()).isEqualTo(memory);
    }
    assertThat(source.remains().parts()).noneMatch(part -> part.contains("publication"));
    source.remains().remove();
    assertThat(one("SELECT count(*) FROM pg_publication")).isEqualTo("1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ALTER PUBLICATION \"of the DBA\" SET (publish = 'insert');"
            + " ALTER PUBLICATION \"of the DBA\""
            + " SET (publish = 'insert, update, delete, truncate')",
        "ALTER PUBLICATION \"of the DBA\" DROP TABLE t; ALTER PUBLICATION \"of the DBA\" ADD TABLE t",
        "ALTER PUBLICATION \"of the DBA\" DROP TABLE t",
        "ALTER PUBLICATION \"of the DBA\" SET TABLE t WHERE (id > 1000), par",
        "ALTER PUBLICATION \"of the DBA\" SET TABLE t (id), par",
        "DROP PUBLICATION \"of the DBA\"",
        "DROP PUBLICATION \"of the DBA\"; CREATE PUBLICATION \"of the DBA\" FOR TABLE t, par"
            + " WITH (publish_via_partition_root = true)",
        "CREATE TABLE p2 (id int PRIMARY KEY, v int); INSERT INTO p2 VALUES (150, 1);"
            + " ALTER TABLE par ATTACH PARTITION p2 FOR VALUES FROM (100) TO (200)",
      })
  void isNoticedWhateverLeavesChangesOut(String statement) throws Exception {
    sql(publications().get(0));
    PostgresSource source = source("public.t", "public.par");
    SourceControl.LogStart start;
    try (SourceControl control = source.openControl(1)) {
      start = control.createLog();
      assertThat(control.requireNothingUnlogged()).isEqualTo(start.memory());
      sql(statement);
      assertThatThrownBy(control::requireNothingUnlogged)
          .isInstanceOf(DatabaseException.class)
          .hasMessageContaining("copy again");
    }
    try (SourceControl control = source.openControl(2)) {
      assertThatThrownBy(() -> control.requireLog(start.position(), start.memory()))
          .isInstanceOf(DatabaseException.class)
          .hasMessageContaining("copy again");
    }
  }

  private static final String SCHEMA = "FOR TABLES IN SCHEMA public";
  private static final String ALL = "FOR ALL TABLES";

  static List<Arguments> unpublishedForAMoment() {
    String moved =
        "ALTER TABLE %1$s SET SCHEMA away; UPDATE away.%1$s SET v = 9;"
            + " ALTER TABLE away.%1$s SET SCHEMA public";
    String unlogged =
        "ALTER TABLE %1$s SET UNLOGGED; UPDATE %1$s SET v = 9; ALTER TABLE %1$s SET LOGGED";
    return List.of(
        Arguments.of(SCHEMA, moved.formatted("t"), "was altered (table public.t)"),
        Arguments.of(SCHEMA, moved.formatted("par"), "was altered (table public.par)"),
        Arguments.of(SCHEMA, unlogged.formatted("t"), "its rows were written anew"),
        Arguments.of(ALL, unlogged.formatted("t"), "its rows were written anew"),
        Arguments.of(
            ALL,
            "BEGIN; "
                + unlogged.formatted("t")
                + "; GRANT SELECT ON t TO PUBLIC; COMMIT; ANALYZE t",
            "its rows were written anew"),
        Arguments.of(
            ALL,
            unlogged.formatted("t") + "; GRANT SELECT ON t TO PUBLIC; VACUUM FULL t",
            "its rows were written anew"),
        Arguments.of(ALL, unlogged.formatted("big"), "its rows were written anew"),
        Arguments.of(
            ALL,
            unlogged.formatted("big") + "; VACUUM FULL big; GRANT SELECT ON big TO PUBLIC",
            "its rows were written anew"),
        Arguments.of(
            ALL,
            "ALTER TABLE big SET UNLOGGED; DELETE FROM big; ALTER TABLE big SET LOGGED",
            "its rows were written anew"),
        Arguments.of(ALL, unlogged.formatted("par1"), "its partition public.par1 were written"));
  }

  /** While it is under the eyes of a job, and while no job runs. */
  @ParameterizedTest
  @MethodSource("unpublishedForAMoment")
  void isNoticedWhatIsNotPublishedForAMoment(String tables, String statements, String problem)
      throws Exception {
    PostgresSource source = ofBigTables(tables);
    SourceControl.LogStart start;
    try (SourceControl control = source.openControl(1)) {
      start = control.createLog();
      control.requireNothingUnlogged();
      sql(statements.split("; "));
      assertThatThrownBy(control::requireNothingUnlogged)
          .isInstanceOf(DatabaseException.class)
          .hasMessageContaining(problem)
          .hasMessageContaining("copy again");
    }
    try (SourceControl control = source.openControl(2)) {
      assertThatThrownBy(() -> control.requireLog(start.position(), start.memory()))
          .isInstanceOf(DatabaseException.class)
          .hasMessageContaining(problem)
          .hasMessageContaining("copy again");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "VACUUM FULL t; VACUUM FULL big",
        "VACUUM FULL t; VACUUM FULL t; GRANT SELECT ON t TO PUBLIC",
        "CLUSTER t USING t_pkey; CLUSTER big USING big_pkey",
        "TRUNCATE t; TRUNCATE par; TRUNCATE big",
        "TRUNCATE t; INSERT INTO t VALUES (1, 2); ANALYZE t",
        "BEGIN; TRUNCATE big; INSERT INTO big VALUES (1, 2, 'y'); COMMIT; VACUUM ANALYZE",
        "ALTER TABLE t OWNER TO CURRENT_USER; GRANT SELECT ON t TO PUBLIC",
        "ALTER TABLE t ALTER v SET DEFAULT 3; CREATE INDEX ON t (v); REINDEX TABLE t",
        "ALTER TABLE t SET TABLESPACE pg_default; COMMENT ON TABLE t IS 'x'",
      })
  void goesOnWhereEveryChangeIsPublished(String statements) throws Exception {
    for (String tables : List.of(SCHEMA, ALL)) {
      PostgresSource source = ofBigTables(tables);
      try (SourceControl control = source.openControl(1)) {
        SourceControl.LogStart start = control.createLog();
        sql(statements.split("; "));
        control.requireNothingUnlogged();
        control.requireNothingUnlogged();
        try (SourceControl next = source.openControl(2)) {
          next.requireLog(start.position(), start.memory());
        }
      }
      source.remains().remove();
      sql(
          "DROP PUBLICATION \"of the DBA\"",
          "DROP TABLE big",
          "DROP SCHEMA away",
          "TRUNCATE t, par",
          "INSERT INTO t VALUES (1, 1)");
    }
  }

  /** One table has a table of large values, and the other has none. */
  private PostgresSource ofBigTables(String tables) throws Exception {
    sql(
        "CREATE TABLE big (id int PRIMARY KEY, v int, w text)",
        "INSERT INTO big VALUES (1, 1, 'x')",
        "GRANT SELECT ON big TO reader",
        "CREATE SCHEMA away",
        "GRANT USAGE ON SCHEMA away TO reader",
        "CREATE PUBLICATION \"of the DBA\" "
            + tables
            + " WITH (publish_via_partition_root = true)");
    return source("public.t", "public.par", "public.big");
  }

  /** What an earlier version has remembered says less. */
  @Test
  void whatAnEarlierVersionRemembersIsEnough() throws Exception {
    PostgresSource source = ofBigTables(SCHEMA);
    SourceControl.LogStart start;
    try (SourceControl control = source.openControl(1)) {
      start = control.createLog();
    }
    Map<String, String> former = new TreeMap<>();
    start
        .memory()
        .facts()
        .forEach(
            (about, fact) -> {
              if (!about.equals("catalog moment")) {
                former.put(
                    about,
                    fact.lines()
                        .filter(line -> !line.startsWith("leaf "))
                        .map(line -> line.replaceAll("(with its schema [0-9]+) [0-9]+", "$1"))
                        .collect(Collectors.joining("\n")));
              }
            });
    assertThat(former).isNotEqualTo(start.memory().facts());
    sql("VACUUM FULL t", "VACUUM FULL big");
    try (SourceControl control = source.openControl(2)) {
      SourceMemory memory = control.requireLog(start.position(), new SourceMemory(former)).memory();
      assertThat(memory.facts().get("publication"))
          .containsPattern("with its schema [0-9]+ [0-9]+");
      control.requireNothingUnlogged();
    }
  }

  @Test
  void aTableThatIsSelectedLaterHasToBeThere() throws Exception {
    sql(publications().get(0));
    SourceControl.LogStart start;
    try (SourceControl control = source("public.t", "public.par").openControl(1)) {
      start = control.createLog();
    }
    PostgresSource more = source("public.t", "public.par", "public.late");
    try (SourceControl control = more.openControl(2)) {
      assertThatThrownBy(() -> control.requireLog(start.position(), start.memory()))
          .hasMessageContaining("does not publish \"public\".\"late\"")
          .hasMessageContaining("ALTER PUBLICATION \"of the DBA\" ADD TABLE \"public\".\"late\"");
    }
    sql("ALTER PUBLICATION \"of the DBA\" ADD TABLE \"public\".\"late\"");
    try (SourceControl control = more.openControl(3)) {
      SourceMemory memory = control.requireLog(start.position(), start.memory()).memory();
      assertThat(control.requireNothingUnlogged()).isEqualTo(memory);
      assertThat(control.tables().stream().map(table -> table.id()))
          .contains(new TableId("public", "late"));
      sql(
          "ALTER PUBLICATION \"of the DBA\" DROP TABLE late",
          "ALTER PUBLICATION \"of the DBA\" ADD TABLE late");
      assertThatThrownBy(control::requireNothingUnlogged)
          .hasMessageContaining("was altered (table public.late)");
    }
  }

  @Test
  void aTableIsNotCopiedFurtherWithOtherColumns() throws Exception {
    sql(publications().get(0));
    SourceControl.LogStart start;
    try (SourceControl control = source("public.t", "public.par").openControl(1)) {
      start = control.createLog();
    }
    Selection narrower =
        new Selection(
            List.of("public.t", "public.par"),
            Map.of(new TableId("public", "t"), List.of("id")),
            Map.of());
    try (SourceControl control = source(narrower).openControl(2)) {
      assertThatThrownBy(() -> control.requireLog(start.position(), start.memory()))
          .hasMessageContaining("of table public.t are not those that it was copied with");
    }
  }

  @Test
  void theCheckSaysWhatItsOwnerHasToMend() throws Exception {
    assertThat(errors()).contains("there is no publication of the DBA");
    String remedy = remedies();
    sql(remedy);
    assertThat(errors()).isEmpty();
    sql(
        "ALTER PUBLICATION \"of the DBA\" SET TABLE t WHERE (id > 5)",
        "ALTER PUBLICATION \"of the DBA\""
            + " SET (publish = 'insert', publish_via_partition_root = false)");
    assertThat(errors())
        .contains("leaves kinds of changes out")
        .contains("publishes partitions under their own names")
        .contains("does not publish \"public\".\"par\"")
        .contains("leaves rows or columns out of \"public\".\"t\"");
    try (SourceControl control = source("public.t", "public.par").openControl(1)) {
      assertThatThrownBy(control::createLog)
          .hasMessageContaining("source.publication: ")
          .hasMessageContaining("its owner mends it: ALTER PUBLICATION");
    }
  }

  private String errors() {
    return findings().stream().map(Finding::problem).collect(Collectors.joining("\n"));
  }

  private String remedies() {
    return findings().stream().map(Finding::remedy).collect(Collectors.joining(";"));
  }

  private List<Finding> findings() {
    return source("public.t", "public.par")
        .check(new CheckedJob(2, ExistingRows.FAIL, false))
        .findings()
        .stream()
        .filter(finding -> finding.severity() == Severity.ERROR)
        .toList();
  }

  private String one(String query) throws Exception {
    try (var connection = server.connect(database);
        var row = connection.createStatement().executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }
}
