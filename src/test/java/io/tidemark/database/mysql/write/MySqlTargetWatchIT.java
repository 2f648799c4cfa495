package io.tidemark.database.mysql.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.Ledger;
import io.tidemark.database.Ledger.TargetWatch;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.TargetWriter;
import io.tidemark.database.mysql.MySqlTarget;
import io.tidemark.database.mysql.catalog.MySqlTargetFacts;
import io.tidemark.endtoend.fixture.Await;
import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import io.tidemark.testing.PrintedProgress;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever happens to a target's table beside the stream's own writes is noticed: by a writer
 * before it commits anything that went through a trigger or into a column that stores something
 * else, by the look of a stream that runs, and at its next start.
 */
class MySqlTargetWatchIT {

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

    /** Which MariaDB counts for all of its tables together. */
    @Test
    void whatBecomesOfColumnsOfOtherTablesStopsNothing() throws Exception {
      awaitNextSecond();
      sql("ALTER TABLE log ADD more int", "ALTER TABLE log DROP more, ADD more int");
      watch.look(epoch);
      // It is known by now that those were of another table.
      sql("ALTER TABLE t COMMENT 'altered, and no column of it'");
      watch.look(epoch);
      ledger.openTargetWatch(TABLES).examine();
      long next = ledger.claim("two").epoch();
      ledger.openTargetWatch(TABLES).begin(next, TABLES);
    }
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

  /** Those that a writer notices itself. */
  static List<Attack> changes() {
    return List.of(
        attack(
            "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.v = NEW.v * 3",
            "table w.t has triggers, which this server fires for replicated rows too: [g]"),
        attack(
            "CREATE TRIGGER g AFTER UPDATE ON t FOR EACH ROW INSERT INTO log VALUES (NEW.id)",
            "table w.t has triggers"),
        attack(
            "ALTER TABLE t MODIFY at datetime(6) NULL ON UPDATE CURRENT_TIMESTAMP(6)",
            "column at takes its values from elsewhere than before"),
        attack("ALTER TABLE t MODIFY d decimal(10, 2)", "column d has another type"),
        attack("ALTER TABLE t MODIFY name varchar(5)", "column name has another type"),
        attack(
            "ALTER TABLE t MODIFY name varchar(9) CHARACTER SET latin1",
            "column name has another type or collation"),
        attack("ALTER TABLE t DROP v", "column v was dropped or renamed"),
        attack(
            "ALTER TABLE t DROP v, ADD v int GENERATED ALWAYS AS (id * 2) STORED",
            "column v takes its values from elsewhere than before"),
        attack(
            "ALTER TABLE t MODIFY g int GENERATED ALWAYS AS (id * 5) STORED",
            "column g is computed otherwise than before"),
        attack(
            "ALTER TABLE t DROP g, ADD g int GENERATED ALWAYS AS (id * 9) VIRTUAL",
            "column g is computed otherwise than before"),
        attack(
            "ALTER TABLE t RENAME COLUMN e TO f, RENAME COLUMN f TO e",
            "columns were renamed into each other, or put into another order"),
        attack("ALTER TABLE t ENGINE = MyISAM", "is of engine 'MyISAM'"));
  }

  /** Those that change no row that is written later. */
  static List<Attack> losses() {
    String like =
        "(id int PRIMARY KEY, v int, name varchar(9), d decimal(10, 4), at datetime(6),"
            + " g int GENERATED ALWAYS AS (id * 2) STORED, e int, f int)";
    String lost = "table w.t was changed: somebody emptied it (TRUNCATE)";
    return List.of(
        attack("TRUNCATE t", lost),
        attack("TRUNCATE t; INSERT INTO t (id, v) VALUES (1, 1)", lost),
        attack("TRUNCATE t; CREATE INDEX i ON t (v)", lost),
        attack("DROP TABLE t", "table w.t: the table is not at the target"),
        attack("RENAME TABLE t TO away", "table w.t: the table is not at the target"),
        attack("DROP TABLE t; CREATE TABLE t " + like, lost),
        attack(
            "CREATE TABLE n LIKE t; INSERT INTO n (id, v) SELECT id, v FROM t; RENAME TABLE t TO o, n TO t",
            lost),
        // Nothing tells it from the one before.
        attack("OPTIMIZE TABLE t", "DELETE FROM tidemark.memory WHERE stream = 's' AND about ="));
  }

  static List<String> harmless() {
    return List.of(
        "ANALYZE TABLE t",
        "CREATE INDEX i ON t (v)",
        "CREATE INDEX i ON t (v); DROP INDEX i ON t",
        "ALTER TABLE t ADD UNIQUE KEY u (v), ALGORITHM = INPLACE, LOCK = NONE",
        "SET foreign_key_checks = 0; ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES"
            + " idle (id), ALGORITHM = INPLACE",
        "ALTER TABLE t COMMENT 'x'",
        "ALTER TABLE t ALTER v SET DEFAULT 5",
        "ALTER TABLE t ADD extra int DEFAULT 7",
        "ALTER TABLE t ADD extra datetime NULL ON UPDATE CURRENT_TIMESTAMP",
        "ALTER TABLE t ADD extra int, ADD more int",
        "ALTER TABLE t ADD extra int; ALTER TABLE t ADD more int DEFAULT 3",
        "ALTER TABLE t MODIFY name varchar(20)",
        "GRANT SELECT ON w.t TO CURRENT_USER",
        "CREATE VIEW seen AS SELECT * FROM t",
        "CREATE TRIGGER g BEFORE INSERT ON log FOR EACH ROW SET NEW.id = 1",
        "TRUNCATE idle",
        "TRUNCATE log",
        "RENAME TABLE t TO away; RENAME TABLE away TO t",
        "FLUSH TABLES");
  }

  abstract static class OnServer {

    private static final Table T = table("t");
    private static final Table ODD = table("odd-näme$1");
    static final Set<TableId> TABLES = Set.of(T.id(), ODD.id(), table("idle").id());

    private final MySqlServer server;
    private MySqlTarget target;
    Ledger ledger;
    long epoch;
    TargetWatch watch;
    private TargetWriter writer;

    OnServer(MySqlServer server) {
      this.server = server;
    }

    @BeforeEach
    void beginAStream() throws Exception {
      server.execute(
          "",
          "DROP DATABASE IF EXISTS tidemark",
          "DROP DATABASE IF EXISTS w",
          "CREATE DATABASE w CHARACTER SET utf8mb4");
      String columns =
          "(id int PRIMARY KEY, v int, name varchar(9), d decimal(10, 4), at datetime(6),"
              + " g int GENERATED ALWAYS AS (id * 2) STORED, e int, f int)";
      sql(
          "CREATE TABLE t " + columns,
          "CREATE TABLE idle " + columns,
          "CREATE TABLE `odd-näme$1` " + columns + " PARTITION BY HASH (id) PARTITIONS 2",
          "CREATE TABLE log (id int)");
      begin(server.spec("w"));
    }

    private void begin(ConnectionSpec account) {
      fill(account);
      finish();
      watch.look(epoch);
      watch.look(epoch);
    }

    private void fill(ConnectionSpec account) {
      target = new MySqlTarget(account, "s", Renaming.none(), OnBadValue.ERROR);
      ledger = target.ledger("s");
      epoch = ledger.claim("one").epoch();
      ledger.recordIntent(epoch, "db");
      ledger.recordStart(epoch, "0", "", SourceMemory.NONE);
      watch = ledger.openTargetWatch(TABLES);
      watch.begin(epoch, Set.of());
      writer = target.openWriter("tidemark:s:1:write-0");
      insert(T, 1);
      insert(T, 2);
      insert(ODD, 1);
      commit(1);
    }

    private void finish() {
      writer.ledger("s").recordConsistency(epoch, new PrintedProgress("1", ""));
      writer.commit();
      ledger.recordFinish(epoch, "tidemark:s:1:finish");
    }

    @AfterEach
    void end() {
      try {
        writer.close();
      } catch (DatabaseException endedByALaterClaim) {
        assertThat(ledger.claim("three").epoch()).isGreaterThan(epoch + Ledger.EPOCH_STRIDE);
      }
      watch.close();
    }

    @ParameterizedTest
    @MethodSource("io.tidemark.database.mysql.write.MySqlTargetWatchIT#changes")
    void whatWouldChangeARowStops(Attack attack) throws Exception {
      sql(attack.statements());
      stops(attack);
    }

    @ParameterizedTest
    @MethodSource("io.tidemark.database.mysql.write.MySqlTargetWatchIT#losses")
    void whatWouldLoseRowsStops(Attack attack) throws Exception {
      sql(attack.statements());
      stops(attack);
    }

    @Test
    void aColumnThatWasDroppedAndAddedAgainStops() throws Exception {
      awaitNextSecond();
      whatWouldLoseRowsStops(
          attack("ALTER TABLE t DROP f, ADD f int", "a column was dropped and added again"));
    }

    private void stops(Attack attack) {
      for (int look = 0; look < 2; look++) {
        refused(() -> watch.look(epoch), attack.problem());
      }
      refused(() -> ledger.openTargetWatch(TABLES).examine(), attack.problem());
      long next = ledger.claim("two").epoch();
      refused(() -> ledger.openTargetWatch(TABLES).begin(next, TABLES), attack.problem());
    }

    /** What a writer has locked cannot be altered, so that it looks before the commit. */
    @ParameterizedTest
    @MethodSource("io.tidemark.database.mysql.write.MySqlTargetWatchIT#changes")
    void nothingIsCommittedThatWentThere(Attack attack) throws Exception {
      sql(attack.statements());
      try {
        insert(T, 50);
      } catch (DatabaseException e) {
        // Loud by itself.
        assertThat(e.kind()).isNotEqualTo(DatabaseException.Kind.RETRYABLE);
        return;
      }
      refused(() -> commit(3), attack.problem());
      writer.rollback();
      if (!attack.statements().contains("MyISAM")) {
        assertThat(count("t WHERE id = 50")).isZero();
      }
    }

    @ParameterizedTest
    @MethodSource("io.tidemark.database.mysql.write.MySqlTargetWatchIT#harmless")
    void whatKeepsEveryRowStopsNothing(String statements) throws Exception {
      sql(statements);
      watch.look(epoch);
      watch.look(epoch);
      ledger.openTargetWatch(TABLES).examine();
      insert(T, 50);
      insert(ODD, 50);
      commit(3);
      watch.look(epoch);
      long next = ledger.claim("two").epoch();
      ledger.openTargetWatch(TABLES).begin(next, TABLES);
      assertThat(count("t")).isEqualTo(3);
    }

    /** The way on that the message names. */
    @Test
    void whatTheOperatorKnowsToBeKeptGoesOn() throws Exception {
      sql("OPTIMIZE TABLE t");
      refused(() -> watch.look(epoch), "about = 'target rows 1 w.t'");
      sql("DELETE FROM tidemark.memory WHERE stream = 's' AND about = 'target rows 1 w.t'");
      ledger.openTargetWatch(TABLES).examine();
      long next = ledger.claim("two").epoch();
      watch.begin(next, TABLES);
      watch.look(next);
    }

    /** What the finish has built may have written a table anew; what comes after it has not. */
    @Test
    void theSecondAfterTheFinishIsNoneOfItsOwn() throws Exception {
      sql("CREATE TABLE n LIKE t", "INSERT INTO n (id, v) VALUES (9, 9)");
      ledger.recordFinish(epoch, "tidemark:s:1:finish");
      sql("RENAME TABLE t TO o, n TO t");
      refused(() -> watch.look(epoch), "table w.t was changed: somebody emptied it");
    }

    /** Nor is what comes before the first look that would see that it has ended. */
    @Test
    void theMomentAfterTheFinishIsNoneOfItsOwn() throws Exception {
      writer.close();
      watch.close();
      server.execute("", "DROP DATABASE tidemark");
      sql("TRUNCATE t", "TRUNCATE `odd-näme$1`");
      fill(server.spec("w"));
      watch.look(epoch);
      // Written anew in the second of its making, a table has the times of one that was emptied.
      awaitNextSecond();
      // As it builds an index, beside the looks.
      sql("OPTIMIZE TABLE t");
      awaitNextSecond();
      finish();
      sql("CREATE TABLE n LIKE t", "INSERT INTO n (id, v) VALUES (9, 9)");
      sql("RENAME TABLE t TO o, n TO t");
      refused(() -> watch.look(epoch), "table w.t was changed: somebody emptied it");
    }

    /** Tables are told by the second in which they were made. */
    void awaitNextSecond() throws Exception {
      long now = second();
      Await.until(
          "next second",
          Duration.ofSeconds(30),
          () -> second() > now,
          () -> "the server's clock stands still at " + now);
    }

    @Test
    void aTableThatIsCalledAsADeviceIsWatchedToo() throws Exception {
      sql("CREATE TABLE aux (id int PRIMARY KEY)", "INSERT INTO aux VALUES (1)");
      try (Connection connection = server.connect("w")) {
        TableId aux = new TableId("w", "aux");
        String before = file(connection, aux);
        sql("TRUNCATE aux");
        assertThat(file(connection, aux)).isNotEqualTo(before);
      } finally {
        sql("DROP TABLE aux");
      }
    }

    private static String file(Connection connection, TableId table) {
      return MySqlTargetFacts.whole().read(connection, Set.of(table)).get(table).file();
    }

    @Test
    void aPartitionedTableOfAnOddNameIsWatchedToo() throws Exception {
      sql("ALTER TABLE `odd-näme$1` TRUNCATE PARTITION p1");
      refused(() -> watch.look(epoch), "table w.odd-näme$1 was changed: somebody emptied it");
    }

    /** MySQL shows a table twice in one of a hundred such moments. */
    @Test
    void theMomentInWhichAnAlterationEndsIsNotTakenForAnotherTable() throws Exception {
      Set<TableId> altered = Set.of(T.id(), table("idle").id());
      MySqlTargetFacts facts = MySqlTargetFacts.whole();
      Thread altering = new Thread(this::alter, "altering");
      Set<String> ids = new TreeSet<>();
      try (Connection connection = server.connect("w")) {
        altering.start();
        while (altering.isAlive()) {
          facts.read(connection, altered).values().stream()
              .map(fact -> fact.file().substring(fact.file().lastIndexOf(' ') + 1))
              .forEach(ids::add);
        }
      }
      altering.join();
      ids.remove("-");
      assertThat(ids).as("ids of two tables").hasSize(2);
      watch.look(epoch);
    }

    private void alter() {
      try (Connection connection = server.connect("w");
          Statement statement = connection.createStatement()) {
        for (int i = 0; i < 150; i++) {
          for (String table : List.of("t", "idle")) {
            statement.execute("ALTER TABLE " + table + " ADD KEY k (v), ALGORITHM = INPLACE");
            statement.execute("ALTER TABLE " + table + " DROP KEY k, ALGORITHM = INPLACE");
          }
        }
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    /** Such an account is shown no ids; what is not about them is noticed all the same. */
    @Test
    void anOrdinaryAccountIsToldOfTriggers() throws Exception {
      writer.close();
      watch.close();
      server.execute("", "DROP DATABASE tidemark");
      sql("TRUNCATE t", "TRUNCATE `odd-näme$1`");
      server.execute(
          "",
          "DROP USER IF EXISTS ordinary@'%'",
          "CREATE USER ordinary@'%' IDENTIFIED BY 'ordinary'",
          "GRANT ALL ON w.* TO ordinary@'%'",
          "GRANT ALL ON tidemark.* TO ordinary@'%'");
      begin(new ConnectionSpec(server.url("w"), "ordinary", "ordinary"));
      sql("CREATE INDEX i ON t (v)", "OPTIMIZE TABLE t");
      watch.look(epoch);
      sql("CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.v = 1");
      refused(() -> watch.look(epoch), "table w.t has triggers");
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
      writer.applySingly(
          new RowChange.Insert(
              table,
              PortableTestRows.row(
                  "" + id, "" + id, "n" + id, id + ".1234", "2024-01-01 00:00:00.000000")));
    }

    private void commit(int position) {
      writer
          .ledger("s")
          .recordProgress(epoch, new PrintedProgress("" + position, ""), Optional.empty());
      writer.commit();
    }

    private static Table table(String name) {
      return new Table(
          new TableId("w", name),
          List.of(
              new Column("id", "int", false, new ValueType.Int(32, false)),
              new Column("v", "int", true, new ValueType.Int(32, false)),
              new Column("name", "varchar(9)", true, new ValueType.Text(9, false)),
              new Column("d", "decimal(10,4)", true, new ValueType.Decimal(10, 4)),
              new Column("at", "datetime(6)", true, new ValueType.Timestamp(6, false))),
          Optional.of(new PrimaryKey(List.of("id"))));
    }

    void sql(String... statements) throws SQLException {
      for (String several : statements) {
        server.execute("w", several.split("; "));
      }
    }

    private long second() throws SQLException {
      return number("SELECT UNIX_TIMESTAMP(SYSDATE())");
    }

    private long count(String from) throws SQLException {
      return number("SELECT count(*) FROM " + from);
    }

    private long number(String query) throws SQLException {
      try (var connection = server.connect("w");
          var statement = connection.createStatement();
          var row = statement.executeQuery(query)) {
        row.next();
        return row.getLong(1);
      }
    }
  }
}
