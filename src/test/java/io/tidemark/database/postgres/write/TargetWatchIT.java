package io.tidemark.database.postgres.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.Ledger;
import io.tidemark.database.Ledger.TargetWatch;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.TargetWriter;
import io.tidemark.database.postgres.PostgresTarget;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.Renaming;
import io.tidemark.testing.PrintedProgress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever happens to a target's table beside the stream's own writes is noticed: by a writer
 * before it commits anything that went there, by the look of a stream that runs, and at its next
 * start.
 */
class TargetWatchIT {

  private static final Table T = table("t");
  private static final Table PAR = table("par");
  private static final Set<TableId> TABLES = Set.of(T.id(), PAR.id(), table("idle").id());

  /** Stays in a schema when names are quoted. */
  private static final Renaming RENAMING = Renaming.none();

  @Postgres private static PostgresServer server;
  private static int databases;

  private String database;
  private PostgresTarget target;
  private Ledger ledger;
  private long epoch;
  private TargetWatch watch;
  private TargetWriter writer;

  @BeforeEach
  void beginAStream() throws Exception {
    database = "target_" + databases++;
    server.createDatabase(database);
    sql(
        "CREATE TABLE t (id int PRIMARY KEY, v int, name varchar(9), d numeric(10, 4))",
        "CREATE TABLE idle (id int PRIMARY KEY, v int, name varchar(9), d numeric(10, 4))",
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
        "CREATE TYPE pair AS (a int, b mood[])",
        "CREATE TABLE par (id int PRIMARY KEY, v int, name varchar(9), d numeric(10, 4), p pair,"
            + " g int GENERATED ALWAYS AS (id * 2) STORED)"
            + " PARTITION BY RANGE (id)",
        "CREATE TABLE par1 PARTITION OF par FOR VALUES FROM (0) TO (100)",
        "CREATE TABLE par2 PARTITION OF par FOR VALUES FROM (100) TO (200)",
        "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS"
            + " $$ BEGIN RETURN NULL; END $$",
        "CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS"
            + " $$ BEGIN NEW.v = NEW.v * 3; RETURN NEW; END $$");
    target = new PostgresTarget(server.spec(database), "s", RENAMING);
    ledger = target.ledger("s");
    epoch = ledger.claim("one").epoch();
    ledger.recordIntent(epoch, "db");
    ledger.recordStart(epoch, "0", "", SourceMemory.NONE);
    watch = ledger.openTargetWatch(TABLES);
    watch.begin(epoch, Set.of());
    writer = target.openWriter("tidemark:s:1:write-0");
    for (int id = 1; id < 4; id++) {
      insert(T, id);
      insert(PAR, id);
      insert(PAR, id + 100);
    }
    commit(1);
    watch.look(epoch);
    // Another commit, so that what was written before lies behind it.
    insert(T, 4);
    commit(2);
    watch.look(epoch);
  }

  @AfterEach
  void end() {
    writer.close();
    watch.close();
  }

  record Attack(String statements, String problem) {
    @Override
    public String toString() {
      return statements;
    }
  }

  private static Attack attack(String statements, String problem) {
    return new Attack(statements, problem);
  }

  static List<Attack> attacks() {
    String like = "(id int PRIMARY KEY, v int, name varchar(9), d numeric(10, 4))";
    String another = "table public.t was changed: it is another table";
    String emptied = "table public.t was changed: somebody emptied it (TRUNCATE)";
    String parts = "table public.par was changed: somebody emptied it (TRUNCATE)";
    return List.of(
        attack(
            "CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING;"
                + " ALTER TABLE t ENABLE ALWAYS RULE r",
            "table public.t has a rule that changes what becomes of replicated rows: r on public.t."
                + " Drop it, or let it fire for other sessions only: ALTER TABLE public.t ENABLE"
                + " RULE r; and start the job again"),
        attack(
            "CREATE RULE \"a b\" AS ON UPDATE TO t DO ALSO SELECT 1;"
                + " ALTER TABLE t ENABLE REPLICA RULE \"a b\"",
            "ENABLE RULE \"a b\""),
        attack(
            "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION nothing();"
                + " ALTER TABLE t ENABLE ALWAYS TRIGGER g",
            "table public.t has a trigger that fires for replicated rows: g on public.t"),
        attack(
            "CREATE TRIGGER \"x \"\"y\" BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION other();"
                + " ALTER TABLE t ENABLE REPLICA TRIGGER \"x \"\"y\"",
            "ENABLE TRIGGER \"x \"\"y\""),
        attack(
            "CREATE TRIGGER g BEFORE INSERT ON par2 FOR EACH ROW EXECUTE FUNCTION other();"
                + " ALTER TABLE par2 ENABLE ALWAYS TRIGGER g",
            "table public.par has a trigger that fires for replicated rows: g on public.par2"),
        attack("ALTER TABLE t SET UNLOGGED", "keeps its rows in an UNLOGGED table (public.t)"),
        attack(
            "ALTER TABLE par1 SET UNLOGGED", "keeps its rows in an UNLOGGED table (public.par1)"),
        attack("ALTER TABLE t SET UNLOGGED; ALTER TABLE t SET LOGGED", emptied),
        attack("TRUNCATE t", emptied),
        attack("TRUNCATE t; ANALYZE t; VACUUM t", emptied),
        attack("TRUNCATE t; GRANT SELECT ON t TO PUBLIC; VACUUM FULL t", emptied),
        attack("TRUNCATE t; INSERT INTO t VALUES (1, 1, 'x', 1)", emptied),
        attack(
            "CREATE TABLE kept AS TABLE t; TRUNCATE t; INSERT INTO t SELECT * FROM kept LIMIT 2",
            emptied),
        attack("TRUNCATE par2", "table public.par was changed: somebody emptied it"),
        attack("DROP TABLE par2", parts),
        attack("ALTER TABLE par DETACH PARTITION par2", parts),
        attack(
            "DROP TABLE par2;"
                + " CREATE TABLE par2 PARTITION OF par FOR VALUES FROM (100) TO (200)",
            parts),
        attack(
            "CREATE TABLE par9 (LIKE par INCLUDING ALL); INSERT INTO par9 VALUES (901, 1);"
                + " ALTER TABLE par ATTACH PARTITION par9 FOR VALUES FROM (900) TO (1000);"
                + " INSERT INTO par VALUES (902, 1)",
            parts),
        attack(
            "CREATE TABLE par9 (LIKE par INCLUDING ALL) PARTITION BY RANGE (id);"
                + " CREATE TABLE par91 PARTITION OF par9 FOR VALUES FROM (900) TO (950);"
                + " INSERT INTO par9 VALUES (901, 1);"
                + " ALTER TABLE par ATTACH PARTITION par9 FOR VALUES FROM (900) TO (1000)",
            parts),
        attack(
            "CREATE TABLE own () INHERITS (t); INSERT INTO own VALUES (901, 1)",
            "table public.t was changed: somebody emptied it"),
        attack(
            "CREATE TABLE own (LIKE t INCLUDING ALL); INSERT INTO own VALUES (901, 1);"
                + " ALTER TABLE own INHERIT t",
            "table public.t was changed: somebody emptied it"),
        attack("ALTER TABLE t ALTER v TYPE int USING v * 2", emptied),
        attack("DROP TABLE t", "table public.t: the table is not at the target"),
        attack("ALTER TABLE t RENAME TO away", "table public.t: the table is not at the target"),
        attack("DROP TABLE t; CREATE TABLE t " + like, another),
        attack(
            "CREATE TABLE n "
                + like
                + "; INSERT INTO n SELECT * FROM t; ALTER TABLE t RENAME TO o;"
                + " ALTER TABLE n RENAME TO t",
            another),
        attack("ALTER TABLE t ALTER d TYPE numeric(10, 2)", "column d has another type"),
        attack("ALTER TABLE t ALTER name TYPE varchar(5)", "column name has another type"),
        attack("ALTER TABLE t ALTER v TYPE text", "column v has another type"),
        attack("ALTER TABLE t DROP v", "column v was dropped"),
        attack(
            "ALTER TABLE t DROP v, ADD v int GENERATED ALWAYS AS (id) STORED",
            "column v was dropped"),
        attack("ALTER TABLE t RENAME v TO w; ALTER TABLE t ADD v int", "column v was renamed to w"),
        attack(
            "ALTER TABLE par ALTER g SET EXPRESSION AS (id * 5)",
            "table public.par was changed: column g is generated otherwise than before"),
        attack(
            "ALTER TYPE mood RENAME VALUE 'ok' TO 'fit'",
            "table public.par was changed: label ok of the type of a column was renamed to fit"),
        attack(
            "ALTER TYPE pair RENAME ATTRIBUTE a TO c",
            "table public.par was changed: field a of the type of a column was renamed to c"));
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void whatWouldChangeOrLoseARowStops(Attack attack) throws Exception {
    sql(attack.statements());
    for (int look = 0; look < 2; look++) {
      refused(() -> watch.look(epoch), attack.problem());
    }
    refused(() -> ledger.openTargetWatch(TABLES).examine(), attack.problem());
    long next = ledger.claim("two").epoch();
    refused(() -> ledger.openTargetWatch(TABLES).begin(next, TABLES), attack.problem());
  }

  /** What a writer has locked cannot be altered, so that it is enough to look before the commit. */
  @ParameterizedTest
  @MethodSource("attacks")
  void nothingIsCommittedThatWentThere(Attack attack) throws Exception {
    sql(attack.statements());
    try {
      insert(T, 50);
      insert(PAR, 50);
      insert(PAR, 150);
    } catch (DatabaseException e) {
      // Loud by itself.
      assertThat(e.kind()).isNotEqualTo(DatabaseException.Kind.RETRYABLE);
      return;
    }
    refused(() -> commit(3), attack.problem());
  }

  static List<String> harmless() {
    return List.of(
        "ANALYZE",
        "VACUUM",
        "VACUUM FULL",
        "VACUUM FULL t; VACUUM FULL t",
        "CLUSTER t USING t_pkey",
        "CREATE INDEX i ON t (v); CREATE INDEX j ON par (v)",
        "CREATE INDEX i ON t (v); DROP INDEX i; REINDEX TABLE t",
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES par (id) NOT VALID",
        "GRANT SELECT ON t TO PUBLIC; REVOKE SELECT ON t FROM PUBLIC",
        "COMMENT ON TABLE t IS 'x'; COMMENT ON COLUMN t.v IS 'y'",
        "ALTER TABLE t ALTER v SET STATISTICS 10; ALTER TABLE t SET (fillfactor = 70)",
        "ALTER TABLE t ALTER v SET DEFAULT 5; ALTER TABLE t ALTER v SET NOT NULL",
        "ALTER TABLE t ADD extra int DEFAULT 7",
        "ALTER TABLE t ADD at timestamptz DEFAULT now()",
        "ALTER TABLE t ALTER name TYPE varchar(20)",
        "ALTER TABLE t ALTER name TYPE varchar",
        "ALTER TABLE t REPLICA IDENTITY FULL; CREATE PUBLICATION p FOR TABLE t",
        "CREATE STATISTICS st ON v, d FROM t; ANALYZE t",
        "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION nothing()",
        "CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING",
        "CREATE VIEW w AS TABLE t",
        "ALTER TYPE mood ADD VALUE 'fine'",
        "CREATE TYPE other AS ENUM ('ok'); ALTER TYPE other RENAME VALUE 'ok' TO 'fit'",
        "CREATE TABLE par3 PARTITION OF par FOR VALUES FROM (200) TO (300)",
        "ALTER TABLE par DETACH PARTITION par2; ALTER TABLE par ATTACH PARTITION par2"
            + " FOR VALUES FROM (100) TO (200)",
        "CREATE TABLE par3 (LIKE par INCLUDING ALL);"
            + " ALTER TABLE par ATTACH PARTITION par3 FOR VALUES FROM (200) TO (300);"
            + " INSERT INTO par VALUES (250, 1); DELETE FROM par WHERE id = 250",
        "CREATE TABLE heir () INHERITS (t); CREATE TABLE next () INHERITS (heir)",
        "CREATE TABLE heir () INHERITS (t); DROP TABLE heir",
        "CREATE TABLE nobodys (i int); TRUNCATE nobodys",
        "ALTER TABLE t SET TABLESPACE pg_default");
  }

  @ParameterizedTest
  @MethodSource("harmless")
  void whatKeepsEveryRowStopsNothing(String statements) throws Exception {
    sql(statements);
    watch.look(epoch);
    watch.look(epoch);
    ledger.openTargetWatch(TABLES).examine();
    insert(T, 50);
    insert(PAR, 50);
    insert(PAR, 150);
    commit(3);
    watch.look(epoch);
    long next = ledger.claim("two").epoch();
    ledger.openTargetWatch(TABLES).begin(next, TABLES);
    assertThat(rows("t")).isEqualTo(5);
    assertThat(rows("par")).isEqualTo(8);
  }

  /** Between the last look and the end of the job, or while it did not run. */
  @ParameterizedTest
  @MethodSource("harmless")
  void whatKeepsEveryRowKeepsNoStartFromGoingOn(String statements) throws Exception {
    writer.close();
    watch.close();
    sql(statements);
    ledger.openTargetWatch(TABLES).examine();
    long next = ledger.claim("two").epoch();
    watch = ledger.openTargetWatch(TABLES);
    watch.begin(next, TABLES);
    watch.look(next);
  }

  /** Whoever may read a table by way of its root need not be let at its parts. */
  @Test
  void privilegesOnTheRootAreEnough() throws Exception {
    writer.close();
    watch.close();
    sql(
        "DROP ROLE IF EXISTS of_the_root",
        "CREATE ROLE of_the_root LOGIN PASSWORD 'of_the_root'",
        "GRANT CREATE ON DATABASE " + database + " TO of_the_root",
        "GRANT ALL ON SCHEMA tidemark TO of_the_root",
        "GRANT ALL ON ALL TABLES IN SCHEMA tidemark TO of_the_root",
        "CREATE SCHEMA parts",
        "ALTER TABLE par2 SET SCHEMA parts",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON t, idle, par TO of_the_root",
        "VACUUM FULL");
    target =
        new PostgresTarget(
            new ConnectionSpec(server.url(database), "of_the_root", "of_the_root"), "s", RENAMING);
    ledger = target.ledger("s");
    ledger.openTargetWatch(TABLES).examine();
    sql("TRUNCATE parts.par2");
    refused(
        () -> ledger.openTargetWatch(TABLES).examine(),
        "table public.par was changed: somebody emptied it");
    sql("DROP OWNED BY of_the_root", "DROP ROLE of_the_root");
  }

  @Test
  void whatTheStreamEmptiesItselfIsKnown() throws Exception {
    for (int round = 0; round < 3; round++) {
      writer.applySingly(new RowChange.Truncate(List.of(T, PAR)));
      insert(T, 1);
      commit(10 + round);
      if (round != 1) {
        watch.look(epoch);
      }
    }
    assertThat(rows("t")).isEqualTo(1);
    ledger.openTargetWatch(TABLES).examine();
    sql("TRUNCATE t");
    refused(() -> watch.look(epoch), "somebody emptied it");
  }

  /** A chunk without rows writes nothing that could be lost. */
  @Test
  void anEmptyTableMayBeWrittenAnew() throws Exception {
    writer.beginChunk(table("idle"), "postgres/copy-text").end();
    commit(3);
    watch.look(epoch);
    sql("VACUUM FULL idle");
    watch.look(epoch);
    insert(table("idle"), 1);
    commit(4);
    watch.look(epoch);
    sql("TRUNCATE idle");
    refused(() -> watch.look(epoch), "table public.idle was changed: somebody emptied it");
  }

  /** What is refused in one transaction is refused in the next as well. */
  @Test
  void aWriterDoesNotGetUsedToIt() throws Exception {
    sql("TRUNCATE t");
    for (int attempt = 0; attempt < 2; attempt++) {
      insert(T, 60);
      refused(() -> commit(3), "somebody emptied it");
      writer.rollback();
    }
    assertThat(rows("t")).isZero();
  }

  @Test
  void rowsThatARuleTurnsIntoNothingAreCounted() throws Exception {
    sql("CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING", "ALTER TABLE t ENABLE ALWAYS RULE r");
    refused(() -> insert(T, 60), "took 0 of 1 inserted rows");
    writer.rollback();
    refused(
        () ->
            writer.apply(
                new TargetWriter.RowBatch(
                    T, List.of(), List.of(), List.of(row(60), row(61), row(62)))),
        "took 0 of 3 inserted rows");
  }

  /** Both come back as they were together; nothing of it has the number that it had. */
  @Test
  void aDatabaseThatIsRestoredWithItsLedgerGoesOn() throws Exception {
    restoreFromACopy("");
    ledger.openTargetWatch(TABLES).examine();
    long next = ledger.claim("two").epoch();
    watch = ledger.openTargetWatch(TABLES);
    watch.begin(next, TABLES);
    watch.look(next);
  }

  @Test
  void aLedgerThatIsRestoredWithoutTheRowsIsRefused() throws Exception {
    restoreFromACopy("DELETE FROM t");
    refused(
        () -> ledger.openTargetWatch(TABLES).examine(),
        "table public.t holds no row, and the ledger, which was restored or moved since");
  }

  /** As a dump that is restored: everything is there, and was made anew. */
  private void restoreFromACopy(String statement) throws Exception {
    writer.close();
    watch.close();
    sql(
        "ALTER TABLE t RENAME TO former",
        "CREATE TABLE t (LIKE former INCLUDING ALL)",
        "INSERT INTO t SELECT * FROM former",
        "ALTER TABLE tidemark.progress RENAME TO former",
        "CREATE TABLE tidemark.progress (LIKE tidemark.former INCLUDING ALL)",
        "INSERT INTO tidemark.progress SELECT * FROM tidemark.former",
        statement.isEmpty() ? "SELECT" : statement);
  }

  /** The tables of a stream whose ledger has no memory of them are taken as they are. */
  @Test
  void aTableThatIsNewToTheLedgerIsTakenAsItIs() throws Exception {
    sql("DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, v int)");
    long next = ledger.claim("two").epoch();
    watch.close();
    watch = ledger.openTargetWatch(TABLES);
    watch.begin(next, Set.of(PAR.id()));
    watch.look(next);
  }

  private static void refused(Step step, String problem) {
    assertThatThrownBy(step::run)
        .isInstanceOfSatisfying(
            DatabaseException.class,
            e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.FATAL))
        .hasMessageContaining(problem);
  }

  private interface Step {
    void run() throws Exception;
  }

  private void insert(Table table, int id) {
    writer.applySingly(new RowChange.Insert(table, row(id)));
  }

  private static Row row(int id) {
    return Row.ofText(List.of("" + id, "" + id, "n" + id, id + ".1234"));
  }

  private void commit(int position) {
    writer
        .ledger("s")
        .recordProgress(epoch, new PrintedProgress("" + position, ""), Optional.empty());
    writer.commit();
  }

  private static Table table(String name) {
    return new Table(
        new TableId("public", name),
        List.of(
            new Column("id", "int", false),
            new Column("v", "int", true),
            new Column("name", "varchar(9)", true),
            new Column("d", "numeric(10,4)", true)),
        Optional.of(new PrimaryKey(List.of("id"))));
  }

  private void sql(String... statements) throws Exception {
    for (String several : statements) {
      for (String statement : several.split("; (?![^$]*END)")) {
        server.execute(database, statement);
      }
    }
  }

  private long rows(String table) throws Exception {
    try (var connection = server.connect(database);
        var statement = connection.createStatement();
        var row = statement.executeQuery("SELECT count(*) FROM " + table)) {
      row.next();
      return row.getLong(1);
    }
  }
}
