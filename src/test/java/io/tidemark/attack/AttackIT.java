package io.tidemark.attack;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.attack.Verdict.End;
import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.endtoend.fixture.Thoroughness;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.lab.Loans;
import io.tidemark.lab.MySqlVendor;
import java.util.EnumMap;
import java.util.Map;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The first seeds of {@code ./attack}. Which of two that look comes first, and so the words of a
 * stop, is left to time: words that do not help fail where every combination is wanted, and are
 * printed otherwise; rows that are wrong always fail.
 */
class AttackIT {

  private static final int SEEDS = 8 * Thoroughness.TIMES;

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

  @ParameterizedTest
  @EnumSource(Vendor.class)
  void theCopyIsRightOrTheStreamStopsAndSaysWhy(Vendor vendor) throws Exception {
    Map<End, Integer> ends = new EnumMap<>(End.class);
    try (MiniCluster flink = Pit.flink(1)) {
      Pit pit =
          new Pit(TwoServers.of(source(LOANS, vendor), vendor.borrow(LOANS, "target")), flink);
      for (long seed = 1; seed <= SEEDS; seed++) {
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
