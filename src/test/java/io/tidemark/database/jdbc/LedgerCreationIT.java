package io.tidemark.database.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.Ledger;
import io.tidemark.database.TargetDatabase;
import io.tidemark.database.mysql.MySqlTarget;
import io.tidemark.database.postgres.PostgresTarget;
import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.lab.Loans;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Streams whose first starts meet at a target without a ledger. */
class LedgerCreationIT {

  private static final int STREAMS = 6;
  private static final int ROUNDS = 4;

  @RegisterExtension static final Loans LOANS = new Loans();

  private static TargetDatabase target(TestServer server, String database, String stream) {
    return server.vendor() == Vendor.POSTGRES
        ? new PostgresTarget(server.spec(database), stream, Renaming.none(), OnBadValue.ERROR)
        : new MySqlTarget(server.spec(database), stream, Renaming.none(), OnBadValue.ERROR);
  }

  @ParameterizedTest
  @EnumSource(Vendor.class)
  void streamsThatMakeTheLedgerAtOnceAreAllBegun(Vendor vendor) throws Exception {
    TestServer server = vendor.borrow(LOANS, "target");
    ExecutorService starts = Executors.newFixedThreadPool(STREAMS);
    try {
      for (int round = 0; round < ROUNDS; round++) {
        String database = "created_" + round;
        server.createDatabase(database);
        List<Future<Ledger.Claim>> claims = new ArrayList<>();
        for (int i = 0; i < STREAMS; i++) {
          String stream = "s" + i;
          claims.add(
              starts.submit(
                  () -> target(server, database, stream).ledger(stream).claim("submission")));
        }
        for (Future<Ledger.Claim> claim : claims) {
          assertThat(claim.get().epoch()).isPositive();
        }
        if (vendor != Vendor.POSTGRES) {
          server.execute("", "DROP DATABASE tidemark");
        }
      }
    } finally {
      starts.shutdownNow();
    }
  }
}
