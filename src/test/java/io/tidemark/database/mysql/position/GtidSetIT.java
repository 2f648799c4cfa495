package io.tidemark.database.mysql.position;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.MySqlSessions;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Holds our sets of GTIDs against what a server says about the same sets. */
class GtidSetIT {

  private static final int PAIRS = 5_000;
  private static final int PAIRS_PER_QUERY = 500;

  private record Pair(GtidSet left, GtidSet right) {}

  private static GtidSet random(Random random) {
    GtidSet.Builder set = new GtidSet.Builder();
    int intervals = random.nextInt(6);
    for (int i = 0; i < intervals; i++) {
      UUID source = new UUID(random.nextInt(2) == 0 ? 1L : -1L, random.nextInt(2));
      String tag = random.nextInt(3) > 0 ? "" : random.nextBoolean() ? "a" : "b_1";
      long from = 1 + random.nextInt(20);
      set.add(new GtidSet.Origin(source, tag), from, from + random.nextInt(8));
    }
    return set.build();
  }

  @Test
  void subsetsAndDifferencesAreTheServers(@MySql MySqlServer server) throws Exception {
    Random random = new Random(20_261_122);
    try (MySqlQueries queries = new MySqlQueries(MySqlSessions.open(server.spec(""), "test"))) {
      for (int done = 0; done < PAIRS; done += PAIRS_PER_QUERY) {
        List<Pair> pairs = new ArrayList<>();
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < PAIRS_PER_QUERY; i++) {
          Pair pair = new Pair(random(random), random(random));
          pairs.add(pair);
          String left = Identifiers.literal(pair.left().print());
          String right = Identifiers.literal(pair.right().print());
          rows.add(
              String.format(
                  "SELECT %d AS n, GTID_SUBSET(%s, %s), GTID_SUBTRACT(%s, %s)",
                  i, left, right, left, right));
        }
        int next[] = {0};
        queries.list(
            "comparing",
            String.join(" UNION ALL ", rows) + " ORDER BY n",
            row -> {
              Pair pair = pairs.get(next[0]++);
              assertThat(pair.right().containsAll(pair.left()))
                  .as("%s in %s", pair.left(), pair.right())
                  .isEqualTo(row.getBoolean(2));
              // The server separates sources with a line break behind the comma.
              assertThat(pair.left().subtract(pair.right()).print())
                  .as("%s without %s", pair.left(), pair.right())
                  .isEqualTo(row.getString(3).replace("\n", ""));
              return row.getInt(1);
            });
        assertThat(next[0]).isEqualTo(PAIRS_PER_QUERY);
      }
    }
  }
}
