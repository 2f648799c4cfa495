package io.tidemark.attack;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.attack.Verdict.End;
import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.endtoend.fixture.Thoroughness;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.lab.Loans;
import io.tidemark.lab.MySqlVendor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A few seeds of {@code ./attack}, chosen so that they have as much of the grammar in them as that
 * many can have. Which of two that look comes first, and so the words of a stop, is left to time:
 * words that do not help fail where every combination is wanted, and are printed otherwise; rows
 * that are wrong always fail.
 */
class AttackIT {

  private static final int SEEDS = 4 * Thoroughness.TIMES;

  /** Seeds to choose from. */
  private static final int CHOICE = 400 * Thoroughness.TIMES;

  @RegisterExtension static final Loans LOANS = new Loans();

  /** A source whose settings a seed may change. */
  static TestServer source(Loans loans, Vendor vendor) {
    return new TestServer(
        switch (vendor) {
          case POSTGRES -> loans.postgres("attacked", Pit.postgresSettings());
          case MYSQL -> loans.mySql("attacked", MySqlVendor.MYSQL);
          case MARIADB -> loans.mySql("attacked", MySqlVendor.MARIADB);
        });
  }

  /** Half of them know nothing but what must not stop a stream. */
  private static List<Long> chosen(Vendor vendor) {
    List<Long> chosen = new ArrayList<>(chosen(vendor, true));
    chosen.addAll(chosen(vendor, false));
    return chosen;
  }

  /** One after the other the seed that has most in it that those before it lack. */
  private static List<Long> chosen(Vendor vendor, boolean harmless) {
    Map<Long, Set<String>> left = new LinkedHashMap<>();
    for (long seed = 1; seed <= CHOICE; seed++) {
      if (Generator.scenario(vendor, seed).isHarmless() == harmless) {
        left.put(seed, new HashSet<>(Generator.contents(vendor, seed)));
      }
    }
    List<Long> chosen = new ArrayList<>();
    while (chosen.size() < SEEDS / 2) {
      long best =
          Collections.max(left.keySet(), Comparator.comparingInt(seed -> left.get(seed).size()));
      Set<String> there = left.remove(best);
      left.values().forEach(contents -> contents.removeAll(there));
      chosen.add(best);
    }
    return chosen;
  }

  @ParameterizedTest
  @EnumSource(Vendor.class)
  void theCopyIsRightOrTheStreamStopsAndSaysWhy(Vendor vendor) throws Exception {
    Map<End, Integer> ends = new EnumMap<>(End.class);
    try (MiniCluster flink = Pit.flink(1)) {
      Pit pit =
          new Pit(TwoServers.of(source(LOANS, vendor), vendor.borrow(LOANS, "target")), flink);
      for (long seed : chosen(vendor)) {
        Scenario scenario = Generator.scenario(vendor, seed);
        Verdict verdict = Trial.of(pit, scenario);
        String told = "%s%n%s%n%s".formatted(verdict.end(), verdict.text(), scenario.print());
        if (verdict.end() == End.MUTE && !Thoroughness.isWhole()) {
          System.out.println(told);
        } else {
          assertThat(verdict.end().isFinding()).as("%s", told).isFalse();
        }
        ends.merge(verdict.end(), 1, Integer::sum);
      }
    }
    assertThat(ends).as("seeds by how they end").containsKey(End.EQUAL).hasSizeGreaterThan(1);
  }
}
