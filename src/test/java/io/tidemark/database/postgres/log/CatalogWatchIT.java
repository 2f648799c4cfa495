package io.tidemark.database.postgres.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.postgres.PostgresSource;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.TableId;
import io.tidemark.settings.SchemaChanges;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever changes what a copied row is, without a row in the log that says so, is noticed: while
 * the stream runs, and at its next start.
 */
class CatalogWatchIT {

  @Postgres private static PostgresServer server;
  private static int databases;

  private String database;
  private SourceControl control;
  private SourceControl.LogStart start;

  @BeforeEach
  void beginAStream() throws Exception {
    database = "catalog_" + databases++;
    server.createDatabase(database);
    sql(
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
        "CREATE TYPE pair AS (a int, b int)",
        "CREATE DOMAIN pairs AS pair[]",
        "CREATE TABLE t (id int PRIMARY KEY, v int, w int, m mood, c pair, cs pairs, name"
            + " varchar(9))",
        "ALTER TABLE t SET (autovacuum_enabled = off)",
        "CREATE TABLE g (id int PRIMARY KEY, v int, twice int GENERATED ALWAYS AS (v * 2) STORED)",
        "CREATE TABLE part (id int PRIMARY KEY, a int, b int)",
        "CREATE TABLE par (id int PRIMARY KEY, v int) PARTITION BY RANGE (id)",
        "CREATE TABLE par1 PARTITION OF par FOR VALUES FROM (0) TO (100)",
        "CREATE TABLE par2 PARTITION OF par FOR VALUES FROM (100) TO (200)",
        "CREATE TABLE t_new (id int PRIMARY KEY, v int, w int, m mood, c pair, cs pairs,"
            + " name varchar(9))",
        "INSERT INTO t (id, v, w, m, c) SELECT i, i, i, 'ok', ROW(i, i)::pair"
            + " FROM generate_series(1, 20) AS i",
        "CREATE TABLE long (id int, v text, g int GENERATED ALWAYS AS (id * 2) STORED)"
            + " PARTITION BY RANGE (id)",
        "CREATE TABLE long1 PARTITION OF long FOR VALUES FROM (0) TO (100)",
        "ALTER TABLE long REPLICA IDENTITY FULL; ALTER TABLE long1 REPLICA IDENTITY FULL",
        "INSERT INTO long VALUES (1, 'x'), (2, 'y')",
        "CREATE FUNCTION inner_one(i int) RETURNS int IMMUTABLE RETURN i * 2",
        "CREATE FUNCTION outer_one(i int) RETURNS int IMMUTABLE RETURN public.inner_one(i)",
        "CREATE FUNCTION plain(i int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT i + 1'",
        "CREATE OPERATOR !! (FUNCTION = plain, RIGHTARG = int)",
        "CREATE TABLE calls (id int PRIMARY KEY,"
            + " g int GENERATED ALWAYS AS (outer_one(id)) STORED,"
            + " h int GENERATED ALWAYS AS (!! id) STORED)",
        "INSERT INTO calls VALUES (1)",
        "ALTER TABLE t ADD late int DEFAULT 7",
        "ALTER TABLE t ADD bare int DEFAULT 8",
        "ALTER TABLE t ALTER bare DROP DEFAULT",
        "INSERT INTO g SELECT i, i FROM generate_series(1, 20) AS i",
        "INSERT INTO part SELECT i, i, i FROM generate_series(1, 20) AS i",
        "INSERT INTO par SELECT i, i FROM generate_series(1, 120) AS i",
        // A statistic of another table is no part of what is compared.
        "VACUUM ANALYZE");
    control =
        source(
                List.of(
                    "public.t",
                    "public.g",
                    "public.par",
                    "public.part",
                    "public.long",
                    "public.calls"))
            .openControl(1);
    start = control.createLog();
    assertThat(control.requireNothingUnlogged()).isEqualTo(start.memory());
  }

  @AfterEach
  void endTheStream() throws Exception {
    control.close();
    sql("SELECT pg_drop_replication_slot('tidemark_" + database + "')");
  }

  private PostgresSource source(List<String> tables) {
    return new PostgresSource(
        server.spec(database),
        database,
        new Selection(tables, Map.of(new TableId("public", "part"), List.of("id", "a")), Map.of()),
        new SourceSettings(SchemaChanges.STOP));
  }

  private void sql(String... statements) throws Exception {
    server.execute(database, statements);
  }

  /**
   * @param attack one call, so that what it does and undoes is between two looks
   * @param problem what is said of it
   */
  record Attack(String attack, String problem) {
    @Override
    public String toString() {
      return attack;
    }
  }

  /** Later than whatever was altered before it, and to the letter what Tidemark wrote. */
  private static final String SAME_COMMENT =
      "DO $$ BEGIN EXECUTE format('COMMENT ON PUBLICATION tidemark_DB IS %L',"
          + " obj_description((SELECT oid FROM pg_publication WHERE pubname = 'tidemark_DB'),"
          + " 'pg_publication')); END $$";

  static List<Attack> attacks() {
    String rewritten =
        "table public.t was altered: its rows were written anew while column v was altered";
    String altered = "the publication tidemark_DB was altered";
    return List.of(
        new Attack("ALTER TABLE t ALTER v TYPE int USING v * 1000", rewritten),
        new Attack(
            "ALTER TABLE t ALTER v TYPE bigint USING v * 1000; ALTER TABLE t ALTER v TYPE int",
            rewritten),
        new Attack(
            "ALTER TABLE t ALTER v TYPE int USING v * 1000; ANALYZE t; GRANT SELECT ON t TO PUBLIC",
            rewritten),
        new Attack(
            "ALTER TABLE t ALTER late TYPE int USING late * 2",
            "its rows were written anew while column late was altered"),
        new Attack(
            "ALTER TABLE t ALTER bare TYPE int USING bare * 2",
            "its rows were written anew while column bare was altered"),
        new Attack(
            "BEGIN; ALTER TABLE t ALTER bare TYPE int USING bare * 2;"
                + " ALTER TABLE t ALTER bare SET NOT NULL; COMMIT",
            "its rows were written anew while column bare was altered"),
        new Attack(
            "BEGIN; CLUSTER t USING t_pkey; ALTER TABLE t ALTER bare TYPE int USING bare * 2; COMMIT",
            "its rows were written anew while column bare was altered"),
        new Attack(
            "BEGIN; ALTER TABLE t ALTER bare TYPE int USING bare * 2; CLUSTER t USING t_pkey; COMMIT",
            "its rows were written anew while column bare was altered"),
        new Attack(
            "ALTER TABLE par ALTER v TYPE int USING v * 1000",
            "table public.par was altered: its rows were written anew while column v was altered"),
        new Attack(
            "ALTER TABLE t RENAME v TO x; ALTER TABLE t RENAME w TO v; ALTER TABLE t RENAME x TO w",
            "table public.t was altered: column v was renamed to w"),
        new Attack("ALTER TABLE t RENAME v TO x", "column v was renamed to x"),
        new Attack(
            "ALTER TABLE t DROP v, ADD v int DEFAULT 5",
            "table public.t was altered: column v was dropped"),
        new Attack("ALTER TABLE t DROP v", "table public.t was altered: column v was dropped"),
        new Attack(
            "ALTER TABLE t ADD x text DEFAULT 'x'",
            "table public.t was altered: column x was added"),
        new Attack(
            "ALTER TABLE par ADD x text DEFAULT 'x'", "public.par was altered: column x was added"),
        new Attack("ALTER TABLE t ALTER name TYPE text", "column name has another type"),
        new Attack(
            "ALTER TABLE t ALTER name TYPE varchar(9) COLLATE \"C\"",
            "column name has another type"),
        new Attack("ALTER TABLE g ALTER twice DROP EXPRESSION", "twice is generated otherwise"),
        new Attack("ALTER TABLE g ALTER twice SET EXPRESSION AS (v * 3)", "generated otherwise"),
        new Attack(
            "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'",
            "its label 'ok' was renamed to 'fine', which changes every value that has it"),
        new Attack(
            "ALTER TYPE mood RENAME VALUE 'ok' TO 'x'; ALTER TYPE mood RENAME VALUE 'sad' TO 'ok';"
                + " ALTER TYPE mood RENAME VALUE 'x' TO 'sad'",
            "its label 'sad' was renamed to 'ok'"),
        new Attack(
            "ALTER TYPE mood RENAME TO state", "type \"public\".\"mood\": it was renamed to"),
        new Attack("ALTER DOMAIN pairs RENAME TO twins", "\"pairs\": it was renamed to"),
        new Attack("ALTER TYPE pair ADD ATTRIBUTE x int", "its attributes were changed"),
        new Attack("ALTER TYPE pair DROP ATTRIBUTE b", "its attributes were changed"),
        new Attack(
            "BEGIN; ALTER TABLE t RENAME TO t_old; INSERT INTO t_new SELECT 99, 99;"
                + " ALTER TABLE t_new RENAME TO t; COMMIT",
            "table public.t"),
        new Attack("ALTER TABLE t RENAME TO other", "it was renamed to public.other"),
        new Attack("ALTER SCHEMA public RENAME TO former", "it was renamed to former.t"),
        new Attack("CREATE SCHEMA s; ALTER TABLE t SET SCHEMA s", "it was renamed to s.t"),
        new Attack("ALTER TABLE t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (v)", "its primary key"),
        new Attack(
            "CREATE UNIQUE INDEX i ON part (a); ALTER TABLE part ALTER a SET NOT NULL;"
                + " ALTER TABLE part REPLICA IDENTITY USING INDEX i",
            "replica identity"),
        new Attack(
            "ALTER TABLE par1 SET UNLOGGED", "table public.par was altered: it was made UNLOGGED"),
        new Attack(
            "BEGIN; ALTER TABLE long1 SET UNLOGGED; UPDATE long SET v = 'y';"
                + " ALTER TABLE long1 SET LOGGED; COMMIT",
            "the rows of its partition public.long1 were written anew"),
        new Attack(
            "ALTER TABLE long1 ALTER g SET EXPRESSION AS (id * 5)",
            "column g of its partition public.long1 is generated otherwise"),
        new Attack(
            "CREATE TABLE long3 PARTITION OF long (g GENERATED ALWAYS AS (id * 7) STORED)"
                + " FOR VALUES FROM (300) TO (400)",
            "table public.long was altered: its new partition public.long3 computes column g"),
        new Attack(
            "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER f FOREIGN DATA WRAPPER w;"
                + " CREATE FOREIGN TABLE pf PARTITION OF long FOR VALUES FROM (900) TO (1000)"
                + " SERVER f",
            "table public.long was altered: its partition public.pf is a foreign table"),
        new Attack(
            "ALTER TABLE long1 REPLICA IDENTITY DEFAULT",
            "table public.long was altered: the REPLICA IDENTITY of public.long1"),
        new Attack(
            "CREATE OR REPLACE FUNCTION inner_one(i int) RETURNS int IMMUTABLE" + " RETURN i * 3",
            "table public.calls was altered: column g is generated otherwise"),
        new Attack(
            "CREATE OR REPLACE FUNCTION plain(i int) RETURNS int IMMUTABLE LANGUAGE sql"
                + " AS 'SELECT i + 9'",
            "table public.calls was altered: column h is generated otherwise"),
        new Attack(
            "ALTER PUBLICATION tidemark_DB DROP TABLE t",
            "table public.t is no longer in the publication"),
        new Attack("DROP TABLE t", "table public.t is no longer in the publication"),
        new Attack("ALTER PUBLICATION tidemark_DB SET (publish = 'insert')", altered),
        new Attack(
            "ALTER PUBLICATION tidemark_DB SET (publish = 'insert'); UPDATE t SET v = 0;"
                + " ALTER PUBLICATION tidemark_DB"
                + " SET (publish = 'insert, update, delete, truncate')",
            altered),
        new Attack(
            "ALTER PUBLICATION tidemark_DB SET (publish = 'update, delete');"
                + " COMMENT ON PUBLICATION tidemark_DB IS 'mine'",
            altered),
        new Attack(
            "ALTER PUBLICATION tidemark_DB SET (publish = 'insert'); UPDATE t SET v = 0;"
                + " ALTER PUBLICATION tidemark_DB"
                + " SET (publish = 'insert, update, delete, truncate');"
                + SAME_COMMENT,
            altered),
        new Attack(
            "ALTER PUBLICATION tidemark_DB DROP TABLE t; DELETE FROM t WHERE id = 1;"
                + " ALTER PUBLICATION tidemark_DB ADD TABLE ONLY t",
            altered),
        new Attack(
            "ALTER PUBLICATION tidemark_DB SET TABLE ONLY t WHERE (id > 1000), ONLY g, ONLY part,"
                + " ONLY par, ONLY long, ONLY calls",
            altered),
        new Attack(
            "ALTER PUBLICATION tidemark_DB SET TABLE ONLY t (id, v), ONLY g, ONLY part, ONLY par,"
                + " ONLY long, ONLY calls",
            altered),
        new Attack(
            "DROP PUBLICATION tidemark_DB; CREATE PUBLICATION tidemark_DB FOR TABLE ONLY t, ONLY g,"
                + " ONLY part, ONLY par, ONLY long, ONLY calls WITH (publish_via_partition_root = true)",
            "publication tidemark_DB"));
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void stopsAtWhatChangesRowsWithoutAWordInTheLog(Attack attack) throws Exception {
    String problem = attack.problem().replace("DB", database);
    sql(attack.attack().replace("DB", database));
    for (int look = 0; look < 2; look++) {
      assertThatThrownBy(control::requireNothingUnlogged)
          .isInstanceOfSatisfying(
              DatabaseException.class,
              e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.FATAL))
          .hasMessageContaining(problem)
          .hasMessageContaining("with ./tidemark drop and copy again");
    }
    assertThatThrownBy(() -> restart(start.memory()))
        .isInstanceOfSatisfying(
            DatabaseException.class,
            e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.FATAL))
        .hasMessageContaining(problem.split(" (was|is) ")[0].split(": its ")[0]);
  }

  static List<String> harmless() {
    return List.of(
        "ANALYZE",
        "ALTER TABLE t ALTER v SET STATISTICS 100",
        "ALTER TABLE t ALTER name SET STORAGE EXTERNAL",
        "ALTER TABLE t SET (fillfactor = 70)",
        "COMMENT ON TABLE t IS 'x'; COMMENT ON COLUMN t.v IS 'y'",
        "GRANT SELECT ON t TO PUBLIC; GRANT SELECT (v) ON t TO PUBLIC",
        "CREATE INDEX ON t (v); CREATE UNIQUE INDEX ON t (w)",
        "CREATE INDEX i ON t (v); DROP INDEX i",
        "CREATE STATISTICS s ON v, w FROM t; ANALYZE t",
        "ALTER TABLE t ALTER v SET DEFAULT 3; INSERT INTO t (id) VALUES (99)",
        "ALTER TABLE t ALTER v SET NOT NULL",
        "ALTER TABLE t ADD CHECK (v > 0) NOT VALID",
        "ALTER TABLE part ADD FOREIGN KEY (a) REFERENCES t (id)",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
            + " CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()",
        "CREATE RULE r AS ON DELETE TO part DO INSTEAD NOTHING",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (true)",
        "ALTER TABLE t REPLICA IDENTITY FULL",
        "ALTER TABLE t OWNER TO CURRENT_USER",
        "ALTER TYPE mood ADD VALUE 'good' BEFORE 'sad'",
        "CREATE TYPE unrelated AS ENUM ('a'); ALTER TYPE unrelated RENAME VALUE 'a' TO 'b'",
        "ALTER TABLE t_new ADD x int; ALTER TABLE t_new RENAME v TO y; DROP TABLE t_new",
        "ALTER TABLE part DROP b; ALTER TABLE part ADD c int DEFAULT 3",
        "CREATE TABLE par3 PARTITION OF par FOR VALUES FROM (300) TO (400)",
        "ALTER TABLE par1 RENAME TO first",
        "TRUNCATE t, part",
        "CREATE VIEW x AS SELECT * FROM t",
        "CREATE SEQUENCE x OWNED BY t.v",
        "CREATE PUBLICATION another FOR ALL TABLES; ALTER PUBLICATION another SET (publish = '')",
        "ALTER DATABASE catalog_0 SET work_mem = '5MB'",
        "UPDATE t SET v = -v; DELETE FROM t WHERE id = 3",
        "CREATE TABLE child () INHERITS (part); INSERT INTO child VALUES (500)",
        "REINDEX TABLE t",
        "ALTER TABLE par1 REPLICA IDENTITY FULL; ALTER TABLE par1 REPLICA IDENTITY DEFAULT",
        "TRUNCATE long; INSERT INTO long VALUES (3, 'z')",
        "CREATE TABLE long2 PARTITION OF long FOR VALUES FROM (100) TO (200)",
        "CREATE TABLE long2 PARTITION OF long (g GENERATED ALWAYS AS (id * 2) STORED)"
            + " FOR VALUES FROM (100) TO (200)",
        "CREATE TABLE long2 PARTITION OF long (v DEFAULT 'other') FOR VALUES FROM (100) TO (200)",
        "CREATE OR REPLACE FUNCTION plain(i int) RETURNS int IMMUTABLE LANGUAGE sql COST 7"
            + " AS 'SELECT i + 1'",
        "ALTER FUNCTION plain RENAME TO simple; GRANT EXECUTE ON FUNCTION simple TO PUBLIC",
        "CREATE FUNCTION nobodys() RETURNS int LANGUAGE sql AS 'SELECT 1';"
            + " CREATE OR REPLACE FUNCTION nobodys() RETURNS int LANGUAGE sql AS 'SELECT 2'");
  }

  @ParameterizedTest
  @MethodSource("harmless")
  void goesOnAtWhatCannotTouchARow(String statements) throws Exception {
    sql(statements);
    control.requireNothingUnlogged();
    control.requireNothingUnlogged();
    restart(start.memory());
    control.requireNothingUnlogged();
  }

  static List<String> rewrites() {
    return List.of(
        "VACUUM FULL t",
        "VACUUM FULL g",
        "CLUSTER t USING t_pkey",
        "VACUUM FULL par1",
        "ALTER TABLE t ALTER v SET STATISTICS 500; VACUUM FULL t",
        "GRANT SELECT (v) ON t TO PUBLIC; CLUSTER t USING t_pkey",
        "VACUUM FULL long1");
  }

  @ParameterizedTest
  @MethodSource("rewrites")
  void goesOnWhereRowsAreWrittenAnewAsTheyAre(String statement) throws Exception {
    sql(statement.split("; "));
    assertThat(control.requireNothingUnlogged()).isNotEqualTo(start.memory());
    restart(start.memory());
    sql("ALTER TABLE g ALTER v SET STATISTICS 10");
    control.requireNothingUnlogged();
  }

  private void restart(SourceMemory memory) {
    control.close();
    control =
        source(
                List.of(
                    "public.t",
                    "public.g",
                    "public.par",
                    "public.part",
                    "public.long",
                    "public.calls"))
            .openControl(2);
    control.requireLog(start.position(), memory);
  }
}
