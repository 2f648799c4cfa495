package io.tidemark.database.mysql.value;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.MySqlSessions;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Holds the printing of doubles against a server's. */
class JsonDoubleIT {

  private static final int NUMBERS = 20_000;

  private static double random(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> Double.longBitsToDouble(random.nextLong());
      case 1 -> Math.scalb(1.0, random.nextInt(2_000) - 1_000);
      case 2 -> Math.round(random.nextGaussian() * 1e9) / Math.pow(10, random.nextInt(20));
      default -> random.nextGaussian() * Math.pow(10, random.nextInt(40) - 20);
    };
  }

  @Test
  void printsAsTheServerDoes(@MySql MySqlServer server) throws Exception {
    Random random = new Random(11);
    List<String> written = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    while (written.size() < NUMBERS) {
      double value = random(random);
      // The server reads denormal numbers and exponents beyond its parser's as something else.
      if (Double.isFinite(value) && (value == 0 || Math.abs(value) > 1e-300)) {
        written.add(Double.toString(value));
        expected.add(JsonDouble.print(value));
      }
    }
    try (MySqlQueries queries = new MySqlQueries(MySqlSessions.open(server.spec(""), "test"))) {
      String printed =
          queries.one(
              "printing",
              "SELECT CAST(? AS JSON)",
              row -> row.getString(1),
              "[" + String.join(",", written) + "]");
      String[] numbers = printed.substring(1, printed.length() - 1).split(", ", -1);
      assertThat(List.of(numbers)).isEqualTo(expected);
    }
  }
}
