package io.tidemark.database.postgres.position;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.TransactionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresPositionsTest {

  private final PostgresPositions positions = new PostgresPositions();

  @Property
  void positionsRoundTripAndOrderAsUnsigned(@ForAll long left, @ForAll long right) {
    if (left == 0 || right == 0) {
      return;
    }
    PostgresLsn lsn = new PostgresLsn(left);
    PostgresLsn other = new PostgresLsn(right);
    PostgresPosition position = new PostgresPosition(lsn);
    assertThat(positions.logPosition(lsn.print())).isEqualTo(position);
    assertThat(position.covers(new PostgresPosition(other)))
        .isEqualTo(Long.compareUnsigned(left, right) >= 0);
  }

  @Property
  void transactionsRoundTrip(@ForAll @Size(max = 40) Set<@LongRange(min = 3, max = 60) Long> ids) {
    Set<TransactionId> transactions =
        ids.stream().map(PostgresXid::new).collect(Collectors.toSet());
    assertThat(positions.transactions(positions.printTransactions(transactions)))
        .isEqualTo(transactions);
  }

  @Property
  void snapshotsRoundTripAndIncludeByIdAlone(
      @ForAll @Size(max = 8) Set<@LongRange(min = 100, max = 120) Long> inProgress) {
    List<PostgresXid> xip = new ArrayList<>();
    inProgress.stream().sorted().map(PostgresXid::new).forEach(xip::add);
    PostgresSnapshot snapshot =
        new PostgresSnapshot(
            new PostgresXid(100), new PostgresXid(121), xip, new PostgresLsn(0x1_0000_0002L));
    assertThat(positions.snapshotPosition(snapshot.print())).isEqualTo(snapshot);
    for (long xid = 90; xid < 130; xid++) {
      assertThat(snapshot.includes(new PostgresXid(xid)))
          .isEqualTo(xid < 121 && !inProgress.contains(xid));
    }
  }

  @Property
  void idsAreWidenedToTheNearest(
      @ForAll @LongRange(min = 5_000_000_000L, max = Long.MAX_VALUE / 2) long reference,
      @ForAll @LongRange(min = -2_147_483_647, max = 2_147_483_647) long distance) {
    long full = reference + distance;
    assertThat(new PostgresXid(reference).nearest((int) full)).isEqualTo(new PostgresXid(full));
  }

  @Test
  void printsRangesAndPassesByThePlaceInTheLog() {
    Set<TransactionId> transactions = positions.transactions("100-102,107");
    assertThat(transactions).hasSize(4);
    assertThat(positions.printTransactions(transactions)).isEqualTo("100-102,107");
    assertThat(positions.printTransactions(Set.of())).isEmpty();
    PostgresSnapshot snapshot = PostgresSnapshot.parse("10:12:10@1/A");
    assertThat(snapshot.isPassedBy(positions.logPosition("1/9"))).isFalse();
    assertThat(snapshot.isPassedBy(positions.logPosition("1/A"))).isTrue();
  }

  @Test
  void positionsKeepWhatTellsTheirHistory() {
    String printed =
        "1/A@1/2:4294967295:1732701234567890"
            + "+01234567-89ab-cdef-0123-456789abcdef=1/B;76543210-89ab-cdef-0123-456789abcdef=1/C";
    PostgresPosition position = (PostgresPosition) positions.logPosition(printed);
    assertThat(position.print()).isEqualTo(printed);
    assertThat(position.needed()).isEqualTo(PostgresLsn.parse("1/2"));
    assertThat(position.ahead()).hasSize(2);
    assertThat(position).isEqualTo(new PostgresPosition(PostgresLsn.parse("1/A")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1/A@",
        "1/A@1/2:x:3",
        "1/A+a=1/B",
        "1/A+",
        "@1/2:3:4",
        "",
        "0/0",
        "1",
        "1/",
        "/1",
        "g/1",
        "1/123456789",
        "1/a",
        " 1/1",
        "1/1 "
      })
  void refusesWhatIsNoPosition(String printed) {
    assertThatThrownBy(() -> positions.logPosition(printed))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(printed);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1:2:",
        "10:9:@1/1",
        "10:12:10",
        "10:12:9@1/1",
        "10:12:11,10@1/1",
        "10:12@1/1"
      })
  void refusesWhatIsNoSnapshot(String printed) {
    assertThatThrownBy(() -> positions.snapshotPosition(printed))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + printed + "'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ",",
        "1",
        "5,4",
        "5-4",
        "5-5",
        "5,5",
        "a",
        "5-",
        "-5",
        "5,",
        "3-99999999999",
        "05"
      })
  void refusesWhatIsNoSetOfTransactions(String printed) {
    assertThatThrownBy(() -> positions.transactions(printed))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + printed + "'");
  }
}
