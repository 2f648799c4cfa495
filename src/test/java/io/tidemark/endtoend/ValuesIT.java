package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.lab.Loans;
import io.tidemark.verify.ComparisonReport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Values, names and sizes at their limits, through the snapshot and through the log. */
class ValuesIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  private static TwoServers servers;

  @BeforeAll
  static void startServers() {
    servers = TwoServers.on(LOANS, Route.POSTGRES_TO_POSTGRES);
  }

  /** The same values go three ways: in the snapshot, inserted, and as an update of other values. */
  @Test
  void everyTypeAndEveryNameArrivesAsTheSameBytes() throws Exception {
    TwoServers.Pair pair = servers.pair("values");
    pair.execute(resource("/types.sql"), resource("/ugly-names.sql"), UGLY_ROWS, "ANALYZE");
    pair.target().execute(pair.name(), "CREATE EXTENSION hstore", "CREATE EXTENSION citext");
    String columns = String.join(", ", columns(pair, "types", "every_type"));
    try (CopyJob job = CopyJob.start(settings(pair))) {
      job.awaitConsistent();
      assertSame(pair, 30);
      pair.execute(
          "INSERT INTO types.every_type (id, %1$s) SELECT id + 100, %1$s FROM types.every_type"
              .formatted(columns),
          "INSERT INTO types.every_type (id, c_small_text) SELECT id + 200, 'u'"
              + " FROM types.every_type WHERE id < 100",
          """
          UPDATE types.every_type AS t SET (%1$s) =
            (SELECT %1$s FROM types.every_type AS s WHERE s.id = t.id - 200) WHERE id > 200
          """
              .formatted(columns),
          "UPDATE types.every_type AS t SET (%1$s) = (SELECT %1$s FROM types.every_type WHERE id = 4)"
                  .formatted(columns)
              + " WHERE id IN (101, 102)",
          UGLY_CHANGES);
      job.awaitCaughtUp().awaitFinished();
      ComparisonReport report = assertSame(pair, 50);
      assertThat(report.notes()).noneMatch(note -> note.contains("lacks"));
      assertThat(report.extraTables()).isEmpty();
      job.await("told where sequences are", CopyJob.LONG, () -> pair.compare().notes().isEmpty());
    }
  }

  private static final String UGLY_ROWS =
      """
      INSERT INTO "Sales.EU"."Order" ("user", "mood %", "a.b", "from", "spread", "x_y")
        SELECT 'u' || i, ARRAY['so-so', 'it''s', 'back\\slash', '']::"Sales.EU"."mood %"[], i,
          ROW(i, 'a,"b\\' || i)::"select"."from", '[1,2.5)', i FROM generate_series(1, 10) AS i;
      INSERT INTO "select"."table" ("%", "größe_äöü_日本語")
        SELECT "Id", E'tab\\tö''"' FROM "Sales.EU"."Order" WHERE "a.b" < 6;
      INSERT INTO "select"."a23456789b123456789c123456789d123456789e123456789f123456789g12"
        SELECT i, ROW(i, 2, 3, 'x')::"select"."table" FROM generate_series(1, 3) AS i;
      INSERT INTO "select"."parent" VALUES (1), (2);
      INSERT INTO "select"."child" VALUES (3, 'c'), (4, 'd');
      INSERT INTO "select"."no key" VALUES (NULL, 1), (2, 2), (2, 3);
      INSERT INTO "select"."mea.sures" VALUES ('2023-05-01', 'eu', 1, 1), ('2024-05-01', 'eu', 2, 2),
        ('2024-05-01', 'it''s', 3, NULL), ('2030-01-01', 'us', 4, 1);
      INSERT INTO "select"."rooms" VALUES (1, '[2020-01-01,2020-01-02)', gen_random_uuid()),
        (1, '[2020-01-02,2020-01-03)', gen_random_uuid());
      INSERT INTO "select"."doubtful" VALUES (1, 1), (2, 2);
      """;

  private static final String UGLY_CHANGES =
      """
      UPDATE "Sales.EU"."Order" SET "x_y" = "x_y" + 1, "spread" = NULL WHERE "a.b" > 3;
      UPDATE "Sales.EU"."Order" SET "from" = ROW(7, NULL) WHERE "a.b" = 2;
      DELETE FROM "Sales.EU"."Order" WHERE "a.b" = 10;
      INSERT INTO "Sales.EU"."Order" ("user") VALUES ('new');
      UPDATE "select"."table" SET "group" = "group" + 100 WHERE "_" = 2;
      INSERT INTO "select"."table" ("größe_äöü_日本語") VALUES ('neu');
      UPDATE "select"."a23456789b123456789c123456789d123456789e123456789f123456789g12"
        SET "again" = NULL WHERE "a23456789b123456789c123456789d123456789e123456789f123456789g12" = 1;
      UPDATE "select"."parent" SET note = 'both';
      DELETE FROM ONLY "select"."parent" WHERE id = 2 AND false;
      INSERT INTO "select"."child" VALUES (5, 'e');
      UPDATE "select"."no key" SET b = 30, a = NULL WHERE b = 3;
      DELETE FROM "select"."no key" WHERE b = 2;
      UPDATE "select"."mea.sures" SET at = '2024-07-01', region = 'eu' WHERE at = '2030-01-01' AND region = 'us';
      UPDATE "select"."mea.sures" SET region = 'it''s', value = 9 WHERE at = '2023-05-01';
      DELETE FROM "select"."mea.sures" WHERE value = 2;
      UPDATE "select"."rooms" SET during = '[2021-01-01,)' WHERE during @> timestamptz '2020-01-01 12:00+00';
      INSERT INTO "select"."doubtful" VALUES (3, 1);
      """;

  /** A thousand columns; and rows of 50 megabytes, in a heap that holds only a few of them. */
  @Test
  void wideTablesAndLargeRowsArrive() throws Exception {
    TwoServers.Pair pair = servers.pair("large");
    String wide =
        IntStream.range(0, 999)
            .mapToObj(i -> "c" + i + (i % 2 == 0 ? " int" : " text"))
            .collect(Collectors.joining(", "));
    String values =
        IntStream.range(0, 999)
            .mapToObj(i -> i % 2 == 0 ? "i + " + i : "CASE WHEN i %% 7 > 0 THEN i::text END")
            .collect(Collectors.joining(", "))
            .replace("%%", "%");
    pair.execute(
        "CREATE TABLE wide (id int PRIMARY KEY, " + wide + ")",
        "INSERT INTO wide SELECT i, " + values + " FROM generate_series(1, 500) AS i",
        "CREATE TABLE big (id int PRIMARY KEY, n int, t text, b bytea)",
        "ALTER TABLE big ALTER COLUMN t SET STORAGE EXTERNAL",
        largeRow(1),
        "ANALYZE");
    try (CopyJob job = CopyJob.start(settings(pair))) {
      job.awaitConsistent();
      pair.execute(
          "UPDATE wide SET c0 = -1, c501 = 'new' WHERE id % 2 = 0",
          "UPDATE wide SET id = id + 1000 WHERE id % 5 = 0",
          "INSERT INTO wide (id) SELECT i FROM generate_series(5001, 5100) AS i",
          "UPDATE big SET n = 7 WHERE id = 1",
          largeRow(3),
          "UPDATE big SET id = 10 WHERE id = 1",
          "UPDATE big SET b = NULL WHERE id = 10");
      job.awaitCaughtUp();
      String sql =
          "SELECT string_agg(concat_ws(' ', id, n, length(t), md5(t), length(b), md5(b)), '; '"
              + " ORDER BY id) FROM public.big";
      assertThat(one(pair.target().connect(pair.name()), sql))
          .contains("52428800")
          .isEqualTo(one(pair.source().connect(pair.name()), sql));
      var selection =
          new io.tidemark.settings.Selection(
              List.of("public.wide"), java.util.Map.of(), java.util.Map.of());
      ComparisonReport report = pair.compare(selection, io.tidemark.settings.Renaming.none());
      assertThat(report.findings()).isEmpty();
      assertThat(report.sourceRows()).isEqualTo(600);
      assertThat(job.run().newFailure()).isEmpty();
    }
  }

  private static String largeRow(int id) {
    return ("INSERT INTO big SELECT %1$d, %1$d, repeat(md5('%1$d'), 1638400),"
            + " decode(repeat(md5('b%1$d'), 819200), 'hex')")
        .formatted(id);
  }

  private static JobSettings settings(TwoServers.Pair pair) {
    return JobSettings.of(pair).checkpointInterval(Duration.ofMillis(300));
  }

  private static ComparisonReport assertSame(TwoServers.Pair pair, long atLeast) {
    ComparisonReport report = pair.compare();
    assertThat(report.findings()).isEmpty();
    assertThat(report.sourceRows()).isGreaterThan(atLeast);
    return report;
  }

  private static List<String> columns(TwoServers.Pair pair, String schema, String table)
      throws SQLException {
    List<String> columns = new ArrayList<>();
    try (Connection connection = pair.source().connect(pair.name());
        ResultSet rows =
            connection
                .createStatement()
                .executeQuery(
                    """
                    SELECT quote_ident(column_name) FROM information_schema.columns
                    WHERE table_schema = '%s' AND table_name = '%s' AND is_generated = 'NEVER'
                      AND column_name <> 'id' ORDER BY ordinal_position
                    """
                        .formatted(schema, table))) {
      while (rows.next()) {
        columns.add(rows.getString(1));
      }
    }
    return columns;
  }

  private static String one(Connection connection, String sql) throws SQLException {
    try (connection;
        ResultSet row = connection.createStatement().executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = ValuesIT.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
