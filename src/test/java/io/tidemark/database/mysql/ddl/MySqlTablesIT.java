package io.tidemark.database.mysql.ddl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.PortableSchema;
import io.tidemark.database.PortableSchema.Action;
import io.tidemark.database.PortableSchema.ColumnDefinition;
import io.tidemark.database.PortableSchema.DefaultValue;
import io.tidemark.database.PortableSchema.ForeignKey;
import io.tidemark.database.PortableSchema.Index;
import io.tidemark.database.PortableSchema.IndexPart;
import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.database.SchemaDescription;
import io.tidemark.database.TargetFinish;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.MySqlTarget;
import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import io.tidemark.settings.CheckedJob;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.SchemaChanges;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import io.tidemark.settings.SourceSettings.Lock;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class MySqlTablesIT {

  private static final CheckedJob FIRST_START = new CheckedJob(1, ExistingRows.FAIL, false);

  @Nested
  class AtMySql extends OnServer {
    AtMySql(@MySql MySqlServer server) {
      super(server);
    }
  }

  @Nested
  class AtMariaDb extends OnServer {
    AtMariaDb(@MariaDb MySqlServer server) {
      super(server);
    }
  }

  abstract static class OnServer {

    private final MySqlServer server;

    OnServer(MySqlServer server) {
      this.server = server;
    }

    @BeforeEach
    void empty() throws SQLException {
      run(
          "SET GLOBAL local_infile = ON",
          "SET SESSION foreign_key_checks = 0",
          "DROP DATABASE IF EXISTS s",
          "DROP DATABASE IF EXISTS d",
          "CREATE DATABASE s CHARACTER SET utf8mb4");
    }

    @Test
    void theSameProductsTablesAreMadeToTheLetter() throws Exception {
      run(
          "CREATE TABLE s.parent (id bigint PRIMARY KEY)",
          "CREATE TABLE s.customer (id int unsigned NOT NULL AUTO_INCREMENT, `na``me` varchar(40)"
              + " COLLATE utf8mb4_general_ci NOT NULL DEFAULT 'it''s', e enum('a','b,c') NOT NULL"
              + " COMMENT 'KEY `x` (y)\nz', j json, at timestamp(3) NOT NULL DEFAULT"
              + " CURRENT_TIMESTAMP(3), up int AS (LENGTH(body)) VIRTUAL, body longtext,"
              + " PRIMARY KEY (id, e), KEY `by name` (`na``me`(10), e),"
              + " UNIQUE KEY un (e, `na``me`), FULLTEXT KEY ft (body), CHECK (e <> 'x'))",
          "CREATE TABLE s.`order` (n bigint NOT NULL AUTO_INCREMENT, c int unsigned, d datetime,"
              + " g int AS (c + 1) STORED, UNIQUE KEY number (n), KEY (c),"
              + " CONSTRAINT fk FOREIGN KEY (n) REFERENCES s.parent (id) ON DELETE CASCADE)"
              + " AUTO_INCREMENT = 77");
      MySqlSource source = source(SourceSettings.DEFAULT);
      MySqlTarget target = target();
      SchemaDescription description = source.describe();
      assertThat(errors(target.check(FIRST_START, source, Optional.of(description)))).isEmpty();
      TargetFinish finish = target.prepareTables(description, Set.of(), ExistingRows.FAIL);
      assertThat(created("d", "customer")).doesNotContain("by name", "FULLTEXT");
      assertThat(created("d", "order")).contains("number").doesNotContain("FOREIGN KEY");
      finish.finish("tidemark:test:1:finish");
      finish.finish("tidemark:test:1:finish");
      for (String table : List.of("customer", "order", "parent")) {
        assertThat(lines(created("d", table)))
            .as(table)
            .isEqualTo(lines(created("s", table).replace("`s`.", "`d`.")));
      }
    }

    @Test
    void generatedColumnsThatDependOnTheSessionAreNamed() throws Exception {
      run(
          "CREATE TABLE s.t (id int PRIMARY KEY, at timestamp NULL, moment datetime, v int,"
              + " same int AS (v * 2) STORED, same_day date AS (CAST(moment AS date)) STORED,"
              + " its_day date AS (CAST(at AS date)) VIRTUAL, part decimal(9, 6) AS (v / 3) STORED,"
              + " named varchar(20) AS (DATE_FORMAT(moment, '%M')) VIRTUAL)");
      MySqlSource source = source(SourceSettings.DEFAULT);
      List<Finding> findings =
          target().check(FIRST_START, source, Optional.of(source.describe())).stream()
              .filter(finding -> finding.problem().contains("is generated as"))
              .toList();
      assertThat(findings).allMatch(finding -> finding.severity() == Severity.WARNING);
      assertThat(findings)
          .extracting(finding -> finding.problem().replaceAll(" is generated as .*, which", ""))
          .satisfiesExactly(
              its -> assertThat(its).startsWith("column its_day reads at in the session's"),
              part -> assertThat(part).startsWith("column part depends on the session's div_prec"),
              named -> assertThat(named).startsWith("column named depends on the session's lc_"));
    }

    @Test
    void tablesInPortableTermsAreMadeAndFinished() throws Exception {
      MySqlTarget target = target();
      SchemaDescription description = OnServer::portable;
      TargetFinish finish = target.prepareTables(description, Set.of(), ExistingRows.FAIL);
      target.prepareTables(description, Set.of(), ExistingRows.FAIL);
      finish.finish("tidemark:test:1:finish");
      finish.finish("tidemark:test:1:finish");
      String shown = created("d", "All");
      assertThat(shown)
          .contains("AUTO_INCREMENT", "UNIQUE KEY `u`", "KEY `k`", "decimal(65,30)", "`select`");
      assertThat(created("d", "child")).contains("FOREIGN KEY", "ON DELETE CASCADE");
      run("INSERT INTO d.All (tx, u8) VALUES ('k', 3)");
    }

    @Test
    void whatStandsInTheWayIsFound() throws Exception {
      run(
          "CREATE DATABASE d",
          "CREATE TABLE d.All (id bigint PRIMARY KEY, extra int NOT NULL)",
          "INSERT INTO d.All VALUES (1, 1)",
          "CREATE TRIGGER d.fires BEFORE INSERT ON d.All FOR EACH ROW SET NEW.extra = 1",
          "CREATE TABLE d.child (id bigint PRIMARY KEY) ENGINE = MyISAM",
          "SET GLOBAL local_infile = OFF");
      MySqlTarget target = target();
      MySqlSource source = source(SourceSettings.DEFAULT);
      List<Finding> findings = target.check(FIRST_START, source, Optional.of(OnServer::portable));
      assertThat(findings)
          .extracting(Finding::problem)
          .anyMatch(problem -> problem.contains("local_infile"))
          .anyMatch(problem -> problem.contains("lacks the columns"))
          .anyMatch(problem -> problem.contains("extra"))
          .anyMatch(problem -> problem.contains("[fires]"))
          .anyMatch(problem -> problem.contains("MyISAM"))
          .anyMatch(problem -> problem.contains("hold rows"));
      assertThatThrownBy(
              () -> target.prepareTables(OnServer::portable, Set.of(), ExistingRows.TRUNCATE))
          .hasMessageContaining("d.All");
    }

    /** Rows that go back for a moment may meet values that others have by then. */
    @Test
    void withoutLocksATargetTableHasNoUniqueKeysDuringTheCopy() throws Exception {
      MySqlTarget target = target();
      target.prepareTables(OnServer::portable, Set.of(), ExistingRows.FAIL);
      MySqlSource source = source(new SourceSettings(SchemaChanges.STOP, Lock.NONE));
      Duration needed = Duration.ofSeconds(125);
      CheckedJob first = new CheckedJob(1, ExistingRows.FAIL, false, needed, true);
      assertThat(errors(target.check(first, source, Optional.of(OnServer::portable)))).isEmpty();
      run("CREATE UNIQUE INDEX mine ON d.child (id)");
      assertThat(errors(target.check(first, source, Optional.of(OnServer::portable))))
          .singleElement()
          .satisfies(problem -> assertThat(problem).contains("unique keys [mine]", "copy.lock"));
      assertThat(errors(target.check(FIRST_START, source, Optional.of(OnServer::portable))))
          .isEmpty();
      CheckedJob resumed = new CheckedJob(1, ExistingRows.FAIL, true, needed, true);
      assertThat(errors(target.check(resumed, source, Optional.of(OnServer::portable)))).isEmpty();
    }

    @Test
    void rowsThatAreThereAreAnErrorOrRemoved() throws Exception {
      MySqlTarget target = target();
      target.prepareTables(OnServer::portable, Set.of(), ExistingRows.FAIL);
      run("INSERT INTO d.All (tx, u8) VALUES ('k', 3)");
      assertThatThrownBy(
              () -> target.prepareTables(OnServer::portable, Set.of(), ExistingRows.FAIL))
          .hasMessageContaining("d.All");
      target.prepareTables(OnServer::portable, Set.of(new TableId("s", "All")), ExistingRows.FAIL);
      target.prepareTables(OnServer::portable, Set.of(), ExistingRows.TRUNCATE);
      try (Connection connection = server.connect("d");
          ResultSet rows = connection.createStatement().executeQuery("SELECT 1 FROM `All`")) {
        assertThat(rows.next()).isFalse();
      }
    }

    private static PortableSchema portable() {
      List<ColumnDefinition> columns = new ArrayList<>();
      columns.add(
          new ColumnDefinition(
              "id", "bigint", new ValueType.Int(64, false), false, true, DefaultValue.Plain.NONE));
      Map<String, ValueType> types =
          Map.ofEntries(
              Map.entry("tx", new ValueType.Text(1L << 30, false)),
              Map.entry("u8", new ValueType.Int(8, true)),
              Map.entry("n", ValueType.Plain.NUMBER),
              Map.entry("n2", new ValueType.Decimal(1000, 500)),
              Map.entry("b", ValueType.Plain.BOOLEAN),
              Map.entry("f", new ValueType.Real(32)),
              Map.entry("by", new ValueType.Binary(1L << 30, false)),
              Map.entry("vb", new ValueType.Bits(70, true)),
              Map.entry("bt", new ValueType.Bits(5, false)),
              Map.entry("ti", new ValueType.Time(6)),
              Map.entry("ts", new ValueType.Timestamp(6, true)),
              Map.entry("da", ValueType.Plain.DATE),
              Map.entry("uu", ValueType.Plain.UUID),
              Map.entry("j", ValueType.Plain.JSON),
              Map.entry("select", new ValueType.Enumeration(List.of("a'", "b"))),
              Map.entry("ls", new ValueType.LabelSet(List.of("p", "q"))),
              Map.entry("g", ValueType.Plain.GEOMETRY),
              Map.entry("v", new ValueType.Vector(3)));
      types.forEach(
          (name, type) ->
              columns.add(
                  new ColumnDefinition(
                      name,
                      "x",
                      type,
                      !Set.of("tx", "u8").contains(name),
                      false,
                      switch (name) {
                        case "ts", "da" -> DefaultValue.Plain.CURRENT_TIMESTAMP;
                        case "j" -> new DefaultValue.Literal("{\"a\": 'x'}".replace("'", "\""));
                        case "bt" -> new DefaultValue.Literal("00101");
                        case "n" -> new DefaultValue.Literal("1.50");
                        case "select" -> new DefaultValue.Literal("a'");
                        default -> DefaultValue.Plain.NONE;
                      })));
      TableId all = new TableId("s", "All");
      return new PortableSchema(
          List.of(
              new PortableSchema.TableDefinition(
                  all,
                  columns,
                  List.of("id"),
                  List.of(
                      index("u", true, "tx", "u8"),
                      index("k", false, "by", "n"),
                      index("u2", true, "uu")),
                  List.of()),
              new PortableSchema.TableDefinition(
                  new TableId("s", "child"),
                  List.of(columns.get(0)),
                  List.of("id"),
                  List.of(),
                  List.of(
                      new ForeignKey(
                          "fk",
                          List.of("id"),
                          all,
                          List.of("id"),
                          Action.SET_DEFAULT,
                          Action.CASCADE)))),
          List.of("a rule is left out"));
    }

    private static Index index(String name, boolean unique, String... columns) {
      return new Index(
          name, unique, Arrays.stream(columns).map(c -> new IndexPart(c, false)).toList());
    }

    private MySqlSource source(SourceSettings settings) {
      return new MySqlSource(
          server.spec(""), "test", new Selection(List.of("s.*"), Map.of(), Map.of()), settings);
    }

    private MySqlTarget target() {
      return new MySqlTarget(
          server.spec(""), "test", new Renaming(Map.of(), Map.of("s", "d")), OnBadValue.ERROR);
    }

    private static List<String> errors(List<Finding> findings) {
      return findings.stream()
          .filter(finding -> finding.severity() == io.tidemark.database.Preflight.Severity.ERROR)
          .map(Finding::problem)
          .toList();
    }

    private static List<String> lines(String created) {
      return Arrays.stream(created.split("\n"))
          .map(line -> line.strip().replaceAll(",$", "").replaceAll(" AUTO_INCREMENT=\\d+", ""))
          .sorted()
          .toList();
    }

    private String created(String database, String table) throws SQLException {
      try (Connection connection = server.connect("");
          ResultSet row =
              connection
                  .createStatement()
                  .executeQuery("SHOW CREATE TABLE " + database + ".`" + table + "`")) {
        row.next();
        return row.getString(2);
      }
    }

    private void run(String... statements) throws SQLException {
      server.execute("", statements);
    }
  }
}
