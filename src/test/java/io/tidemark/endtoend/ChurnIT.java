package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.Churn;
import io.tidemark.endtoend.fixture.HookedJob;
import io.tidemark.endtoend.fixture.HookedSource.Hooks;
import io.tidemark.endtoend.fixture.HookedSource.Lie;
import io.tidemark.endtoend.fixture.KeyedTable;
import io.tidemark.endtoend.fixture.ManyCycles;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.Thoroughness;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.lab.Loans;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tables of every kind, copied in many short cycles while all of them are written to in every way.
 */
class ChurnIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  static Stream<Route> ofKeys() {
    return Thoroughness.cases(
        List.of(Route.POSTGRES_TO_POSTGRES, Route.MYSQL_TO_MYSQL),
        Route.MYSQL_TO_POSTGRES,
        Route.POSTGRES_TO_MYSQL);
  }

  @ParameterizedTest
  @MethodSource("ofKeys")
  void keysOfEveryTypeSurviveManyCyclesUnderWrites(Route route) throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, route).pair("keys");
    List<KeyedTable> tables = KeyedTable.ofEveryType(route.source());
    boolean postgres = route.source() == Vendor.POSTGRES;
    int rows = postgres ? 20_000 : 8_000;
    if (postgres) {
      pair.execute("CREATE TYPE hue AS ENUM ('red', 'green', 'blue')");
    }
    for (KeyedTable table : tables) {
      pair.execute(table.create(rows).toArray(new String[0]));
    }
    if (postgres) {
      pair.execute("ANALYZE");
    }
    AtomicLong cycles = new AtomicLong();
    // Slower than it could be, so that there are many cycles, and tables that are copied in more
    // than one of them for as long as no row has come into a copied range half.
    Hooks hooks =
        new Hooks(
            cycles::incrementAndGet,
            () -> TimeUnit.MILLISECONDS.sleep(postgres && holes(pair) == 0 ? 60 : 15));
    try (Churn churn =
            new Churn()
                .start(pair, 3, 250, random -> ChurnIT.keyedTransaction(tables, rows, random));
        HookedJob job =
            HookedJob.start(ManyCycles.settings(pair), Lie.NONE, hooks, () -> witnessHoles(pair))) {
      job.awaitConsistent();
      long before = churn.committed();
      job.awaitFinished();
      job.await("further on", () -> churn.committed() > before + 300);
      churn.stop();
      job.awaitCaughtUp();
      ManyCycles.assertSame(pair, tables.size() * rows / 2);
      assertThat(cycles.get()).as("copy cycles").isGreaterThan(2);
      // Left to chance where the target is slower.
      if (route == Route.POSTGRES_TO_POSTGRES) {
        assertThat(holes(pair)).as("rows that came into a copied range half").isPositive();
      }
      assertThat(job.latestFailure()).isEmpty();
    }
  }

  private static List<String> keyedTransaction(List<KeyedTable> tables, int rows, Random random) {
    return IntStream.range(0, 1 + random.nextInt(4))
        .mapToObj(
            unused -> {
              KeyedTable table = tables.get(random.nextInt(tables.size()));
              int number = number(rows, random);
              return switch (random.nextInt(8)) {
                case 0 -> table.delete(number);
                case 1, 2 -> table.insert(number);
                case 3, 4 -> table.changeKey(number, number(rows, random));
                case 5 -> table.updateLarge(number);
                default -> table.update(number);
              };
            })
        .toList();
  }

  /** Half of the numbers are of rows with a large value, and half of those in use. */
  private static int number(int rows, Random random) {
    int number = 1 + random.nextInt(2 * rows);
    return random.nextBoolean() ? number : number - number % KeyedTable.LARGE_EVERY;
  }

  /** Tables that are more than a key and a few values. */
  private static final String SHAPES =
      """
      CREATE TABLE nokey (a int, b text);
      ALTER TABLE nokey REPLICA IDENTITY FULL;
      CREATE INDEX ON nokey (a);
      INSERT INTO nokey SELECT i % 700, CASE WHEN i % 11 > 0 THEN 'b' || i % 3 END
        FROM generate_series(1, 4000) AS i;
      CREATE TABLE nokey_large (a int, b text, c text STORAGE EXTERNAL);
      ALTER TABLE nokey_large REPLICA IDENTITY FULL;
      CREATE INDEX ON nokey_large (a);
      INSERT INTO nokey_large SELECT i, 'b', repeat(md5(i::text), 200) FROM generate_series(1, 300) AS i;
      CREATE TABLE by_index (a int, code text COLLATE "en-x-icu" NOT NULL, n int DEFAULT 0);
      CREATE UNIQUE INDEX by_index_code ON by_index (code);
      ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_code;
      INSERT INTO by_index SELECT i, md5(i::text) FROM generate_series(1, 20000) AS i;
      CREATE TABLE by_index_full (a int UNIQUE NOT NULL, n int DEFAULT 0, t text);
      ALTER TABLE by_index_full REPLICA IDENTITY FULL;
      INSERT INTO by_index_full SELECT i, 0, NULLIF('t' || i % 5, 't0') FROM generate_series(1, 20000) AS i;

      CREATE TABLE swaps (
        id int PRIMARY KEY, place int UNIQUE DEFERRABLE INITIALLY DEFERRED, code text UNIQUE,
        EXCLUDE (place WITH =) DEFERRABLE INITIALLY DEFERRED);
      INSERT INTO swaps SELECT i, i, 'c' || i FROM generate_series(1, 10000) AS i;

      CREATE TABLE generated (
        id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, s serial, price numeric(12,2),
        twice numeric GENERATED ALWAYS AS (price * 2) STORED,
        d bigint GENERATED BY DEFAULT AS IDENTITY (INCREMENT BY 3));
      INSERT INTO generated (price) SELECT i / 7.0 FROM generate_series(1, 20000) AS i;

      CREATE TABLE parents (id serial PRIMARY KEY, note text);
      CREATE TABLE children (
        id bigserial PRIMARY KEY, parent int NOT NULL REFERENCES parents ON DELETE CASCADE,
        up bigint REFERENCES children ON DELETE SET NULL, note text CHECK (note <> ''));
      CREATE INDEX children_parent ON children (parent) WHERE note IS NOT NULL;
      INSERT INTO parents (note) SELECT 'p' || i FROM generate_series(1, 5000) AS i;
      INSERT INTO children (parent, note) SELECT 1 + i % 5000, 'c' FROM generate_series(1, 20000) AS i;

      CREATE TABLE moves (region text, at date, id int, note text, large text STORAGE EXTERNAL,
        PRIMARY KEY (region, at, id)) PARTITION BY LIST (region);
      CREATE TABLE moves_eu PARTITION OF moves FOR VALUES IN ('eu', 'uk') PARTITION BY RANGE (at);
      CREATE TABLE moves_eu_early PARTITION OF moves_eu FOR VALUES FROM (MINVALUE) TO ('2020-06-01');
      CREATE TABLE moves_eu_late (note text, dropped int, id int NOT NULL, at date NOT NULL,
        large text STORAGE EXTERNAL, region text NOT NULL);
      ALTER TABLE moves_eu_late DROP COLUMN dropped;
      ALTER TABLE moves_eu ATTACH PARTITION moves_eu_late FOR VALUES FROM ('2020-06-01') TO (MAXVALUE);
      CREATE TABLE moves_us PARTITION OF moves FOR VALUES IN ('us');
      CREATE TABLE moves_rest PARTITION OF moves DEFAULT;
      INSERT INTO moves SELECT (array['eu', 'uk', 'us', 'x'])[1 + i % 4], date '2020-01-01' + i % 365, i,
        'n', CASE WHEN i % 20 = 0 THEN repeat(md5(i::text), 100) END FROM generate_series(1, 20000) AS i;

      CREATE TABLE base (id int PRIMARY KEY, note text);
      CREATE TABLE derived (extra int DEFAULT 5, PRIMARY KEY (id)) INHERITS (base);
      INSERT INTO base SELECT i, 'base' FROM generate_series(1, 5000) AS i;
      INSERT INTO derived SELECT i, 'derived' FROM generate_series(5001, 10000) AS i;

      CREATE TABLE cleared (id serial PRIMARY KEY, note text);
      CREATE TABLE cleared_too (id int PRIMARY KEY REFERENCES cleared, note text);
      CREATE TABLE emptied (id int PRIMARY KEY, note text);
      INSERT INTO cleared (note) SELECT 'old' FROM generate_series(1, 8000);
      INSERT INTO cleared_too SELECT id, 'old' FROM cleared;
      INSERT INTO emptied SELECT id, 'old' FROM cleared;
      CREATE TABLE nothing (id int PRIMARY KEY);
      CREATE TABLE nothing_without_key (a int);
      ALTER TABLE nothing_without_key REPLICA IDENTITY FULL;
      CREATE TABLE one ("only" int);
      ALTER TABLE one REPLICA IDENTITY FULL;
      INSERT INTO one SELECT i % 10 FROM generate_series(1, 1000) AS i;
      """;

  static Stream<Route> ofShapes() {
    return Thoroughness.cases(List.of(Route.POSTGRES_TO_POSTGRES, Route.POSTGRES_TO_MYSQL));
  }

  @ParameterizedTest
  @MethodSource("ofShapes")
  void tablesOfEveryShapeSurviveManyCyclesUnderWrites(Route route) throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, route).pair("shapes");
    pair.execute(SHAPES, "ANALYZE");
    new ManyCycles(pair, 250, ChurnIT::shapesTransaction, ChurnIT::clearing, 500, 50_000)
        .survive(
            () -> witnessHoles(pair),
            job ->
                pair.execute(
                    "INSERT INTO generated (price) VALUES (1)",
                    "INSERT INTO cleared VALUES (default)"),
            job -> {
              if (route.target() == Vendor.POSTGRES) {
                assertIsAsAtTheSource(pair, job);
              }
            });
  }

  /** Sequences and constraints too. */
  private static void assertIsAsAtTheSource(TwoServers.Pair pair, HookedJob job) throws Exception {
    job.await("told where sequences are", () -> notes(pair, "sequence").isEmpty());
    assertThat(notes(pair, "lacks")).isEmpty();
    try (Connection target = pair.target().connect(pair.name());
        var row =
            target
                .createStatement()
                .executeQuery("SELECT count(*) FROM pg_constraint WHERE NOT convalidated")) {
      row.next();
      assertThat(row.getLong(1)).as("constraints that are not valid").isZero();
    }
    // Whoever switches over goes on here with new numbers.
    pair.target()
        .execute(
            pair.name(),
            "INSERT INTO generated (price) VALUES (2)",
            "INSERT INTO cleared (note) VALUES ('new')",
            "INSERT INTO children (parent, note) SELECT min(id), 'new' FROM parents");
  }

  /** Some of them while a session is open, some with the table refilled before the commit. */
  private static List<String> clearing(int turn) {
    return switch (turn % 4) {
      case 0 ->
          List.of(
              "TRUNCATE cleared RESTART IDENTITY CASCADE",
              "INSERT INTO cleared (note) SELECT 'turn " + turn + "' FROM generate_series(1, 4000)",
              "INSERT INTO cleared_too SELECT id, note FROM cleared WHERE id % 2 = 0");
      case 1 ->
          List.of(
              "TRUNCATE emptied",
              "INSERT INTO emptied SELECT i, 'turn "
                  + turn
                  + "' FROM generate_series(1, 3000) AS i");
      case 2 ->
          List.of(
              "UPDATE cleared SET note = note || '!' WHERE id % 3 = 0",
              "INSERT INTO nothing VALUES (" + turn + ")",
              "INSERT INTO nothing_without_key VALUES (1), (1)",
              "TRUNCATE nothing_without_key");
      default -> List.of("TRUNCATE emptied, nothing", "INSERT INTO emptied VALUES (1, 'only')");
    };
  }

  private static List<String> shapesTransaction(Random random) {
    List<String> sql = new ArrayList<>();
    int statements = 1 + random.nextInt(3);
    for (int i = 0; i < statements; i++) {
      shapes(random, sql);
    }
    return sql;
  }

  private static void shapes(Random random, List<String> sql) {
    int n = 1 + random.nextInt(20_000);
    int m = 1 + random.nextInt(20_000);
    switch (random.nextInt(16)) {
      case 0 -> sql.add("INSERT INTO nokey VALUES (%d, 'b%d')".formatted(n % 700, m % 3));
      case 1 ->
          sql.add(
              ("UPDATE nokey SET b = 'b%d' WHERE ctid = (SELECT min(ctid) FROM nokey WHERE a = %d)")
                  .formatted(m % 3, n % 700));
      case 2 ->
          sql.add(
              "DELETE FROM nokey WHERE ctid = (SELECT max(ctid) FROM nokey WHERE a = %d)"
                  .formatted(n % 700));
      case 3 -> sql.add("UPDATE nokey_large SET b = b || '+' WHERE a = " + n % 300);
      case 4 ->
          sql.add(
              "UPDATE by_index SET n = n + 1, code = md5('%d') WHERE code = md5('%d')"
                  .formatted(m, n));
      case 5 ->
          sql.add("UPDATE by_index SET n = n + 1, a = NULL WHERE code = md5('%d')".formatted(n));
      case 6 -> {
        sql.add("DELETE FROM by_index_full WHERE a = " + n);
        sql.add("INSERT INTO by_index_full VALUES (%d) ON CONFLICT DO NOTHING".formatted(m));
        sql.add("UPDATE by_index_full SET n = n + 1, a = a + 30000 WHERE a = " + (m + 1));
      }
      case 7 ->
          sql.add(
              "UPDATE swaps SET place = CASE id WHEN %1$d THEN %3$d ELSE %4$d END WHERE id IN (%1$d, %2$d)"
                      .formatted(n % 10000, m % 10000, 0, 0)
                      .replace(
                          "THEN 0", "THEN (SELECT place FROM swaps WHERE id = " + m % 10000 + ")")
                      .replace(
                          "ELSE 0", "ELSE (SELECT place FROM swaps WHERE id = " + n % 10000 + ")")
                  + (n % 10000 == m % 10000 ? " AND false" : ""));
      case 8 -> {
        int a = n % 10000;
        int b = m % 10000;
        if (a != b) {
          sql.add("CREATE TEMP TABLE IF NOT EXISTS kept (code text) ON COMMIT DELETE ROWS");
          sql.add("DELETE FROM kept");
          sql.add("INSERT INTO kept SELECT code FROM swaps WHERE id = " + a);
          sql.add("UPDATE swaps SET code = code || '~' WHERE id = " + a);
          sql.add(
              ("UPDATE swaps SET code = (SELECT code FROM kept) WHERE id = %d"
                      + " AND EXISTS (SELECT FROM kept)")
                  .formatted(b));
          sql.add("UPDATE swaps SET code = 'x' || nextval('parents_id_seq') WHERE id = " + a);
        }
      }
      case 9 -> {
        sql.add("INSERT INTO generated (price) VALUES (%d / 3.0)".formatted(n));
        sql.add("UPDATE generated SET price = price + 1, d = DEFAULT WHERE id = " + m);
        sql.add("DELETE FROM generated WHERE id = " + n);
      }
      case 10 -> {
        sql.add("INSERT INTO parents (note) VALUES ('new')");
        sql.add("INSERT INTO children (parent, note) SELECT max(id), 'new' FROM parents");
        sql.add("UPDATE children SET up = id, note = note || '+' WHERE id = " + n);
      }
      case 11 -> sql.add("DELETE FROM parents WHERE id = " + n % 5000);
      case 12 ->
          sql.add(
              "UPDATE moves SET region = '%s', at = at + 30 WHERE id = %d"
                  .formatted(List.of("eu", "uk", "us", "y").get(m % 4), n - n % 10));
      case 13 -> {
        sql.add("UPDATE moves SET note = note || '.' WHERE id = " + n);
        sql.add("DELETE FROM moves WHERE id = " + m);
      }
      case 14 -> {
        sql.add("UPDATE base SET note = note || '+' WHERE id = " + n % 10_000);
        sql.add("DELETE FROM ONLY base WHERE id = " + m);
        sql.add("INSERT INTO derived VALUES (%d, 'new') ON CONFLICT DO NOTHING".formatted(m));
      }
      default -> {
        sql.add("INSERT INTO one VALUES (%d), (NULL)".formatted(n % 10));
        sql.add(
            "DELETE FROM one WHERE ctid = (SELECT min(ctid) FROM one WHERE \"only\" = %d)"
                .formatted(m % 10));
      }
    }
  }

  private static List<String> notes(TwoServers.Pair pair, String word) {
    return pair.compare().notes().stream().filter(note -> note.contains(word)).toList();
  }

  /** Keeps every hole that the ledger ever has: they are filled and forgotten soon. */
  private static void witnessHoles(TwoServers.Pair pair) {
    try {
      if (pair.target().vendor() == Vendor.POSTGRES) {
        pair.target()
            .execute(
                pair.name(),
                "CREATE SCHEMA witness",
                "CREATE TABLE witness.hole (stream text, hole text)",
                """
                CREATE FUNCTION witness.see() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN INSERT INTO witness.hole VALUES (NEW.stream, NEW::text); RETURN NEW; END'
                """,
                "CREATE TRIGGER see AFTER INSERT ON tidemark.hole FOR EACH ROW"
                    + " EXECUTE FUNCTION witness.see()",
                "ALTER TABLE tidemark.hole ENABLE ALWAYS TRIGGER see");
      } else {
        pair.target()
            .execute(
                pair.name(),
                "CREATE DATABASE IF NOT EXISTS witness",
                "CREATE TABLE IF NOT EXISTS witness.hole (stream varchar(64), hole text)",
                "CREATE TRIGGER IF NOT EXISTS tidemark.see AFTER INSERT ON tidemark.hole FOR EACH"
                    + " ROW INSERT INTO witness.hole VALUES (NEW.stream, NEW.key_values)");
      }
    } catch (SQLException e) {
      throw new IllegalStateException("the ledger cannot be watched", e);
    }
  }

  private static long holes(TwoServers.Pair pair) throws SQLException {
    try (Connection target = pair.target().connect(pair.name());
        var row =
            target
                .createStatement()
                .executeQuery(
                    "SELECT count(*) FROM witness.hole WHERE stream = '" + pair.name() + "'")) {
      row.next();
      return row.getLong(1);
    }
  }
}
