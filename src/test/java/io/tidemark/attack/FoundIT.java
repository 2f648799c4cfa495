package io.tidemark.attack;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.attack.Step.Act;
import io.tidemark.attack.Step.Weight;
import io.tidemark.attack.Verdict.End;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.lab.Loans;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What seeds have found, shortened. */
class FoundIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  /**
   * @param waits whether the stream has begun to follow before
   * @param says what the stop is to say; empty if rows are to be equal
   */
  record Case(Vendor vendor, List<String> setup, boolean waits, List<String> steps, String says) {
    @Override
    public String toString() {
      return vendor + " " + steps;
    }
  }

  static List<Case> cases() {
    return List.of(
        new Case(
            Vendor.POSTGRES,
            List.of(
                "CREATE TABLE t0 (id int NOT NULL, v int)",
                "CREATE UNIQUE INDEX t0_u ON t0 (id)",
                "ALTER TABLE t0 REPLICA IDENTITY USING INDEX t0_u",
                "INSERT INTO t0 VALUES (54, 1)"),
            true,
            List.of("DROP INDEX t0_u", "INSERT INTO t0 VALUES (54, 2)"),
            "public.t0 was altered"),
        new Case(
            Vendor.POSTGRES,
            List.of(
                "CREATE SCHEMA other",
                "CREATE TABLE t0 (id int PRIMARY KEY, v int)",
                "INSERT INTO t0 SELECT i, i FROM generate_series(1, 2000) AS i"),
            false,
            List.of("ALTER TABLE t0 SET SCHEMA other"),
            "public.t0"),
        new Case(
            Vendor.POSTGRES,
            List.of("CREATE TABLE t0 (id int PRIMARY KEY, v int)"),
            true,
            List.of(
                "ALTER PUBLICATION tidemark_{db} SET (publish = 'update, delete')",
                "COMMENT ON PUBLICATION tidemark_{db} IS 'mine'"),
            "the publication tidemark_"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void staysMended(Case found) throws Exception {
    List<String> setup =
        new ArrayList<>(
            List.of("CREATE TABLE %s (id int PRIMARY KEY)".formatted(Scenario.MARKERS)));
    setup.addAll(found.setup());
    List<Step> steps = new ArrayList<>();
    if (found.waits()) {
      steps.add(Step.of(Act.WAIT));
    }
    found.steps().forEach(sql -> steps.add(Step.sql(0, sql, Weight.MEANING)));
    Scenario scenario =
        new Scenario(
            found.vendor(),
            0,
            setup,
            Terms.of(List.of("public." + Scenario.MARKERS, "public.t0")),
            Map.of(Scenario.MARKERS, List.of("id"), "t0", List.of("id", "v")),
            List.of(),
            List.of(),
            steps);
    try (MiniCluster flink = Pit.flink(1)) {
      Pit pit =
          new Pit(
              TwoServers.of(
                  AttackIT.source(LOANS, found.vendor()), found.vendor().borrow(LOANS, "target")),
              flink);
      Verdict verdict = Trial.of(pit, scenario);
      assertThat(verdict.end())
          .as("%s", verdict.text())
          .isEqualTo(found.says().isEmpty() ? End.EQUAL : End.STOPPED);
      assertThat(verdict.text()).contains(found.says());
    }
  }
}
