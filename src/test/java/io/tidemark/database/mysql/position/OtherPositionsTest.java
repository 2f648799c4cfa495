package io.tidemark.database.mysql.position;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.Inclusion;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.testing.DamagedInput;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Positions of MariaDB, and of servers without GTIDs. */
class OtherPositionsTest {

  private final MySqlPositions positions = new MySqlPositions();

  @Provide
  Arbitrary<Set<MariaDbGtid>> gtids() {
    return Combinators.combine(
            Arbitraries.longs().between(0, 3),
            Arbitraries.longs().between(1, 3),
            Arbitraries.longs().between(1, 9))
        .as(MariaDbGtid::new)
        .set()
        .ofMaxSize(8);
  }

  @Property
  void aMariaDbPositionStandsForEverythingUpToIt(@ForAll("gtids") Set<MariaDbGtid> gtids) {
    MariaDbGtidList list = MariaDbGtidList.EMPTY;
    for (MariaDbGtid gtid : gtids) {
      list = list.plus(gtid);
    }
    for (MariaDbGtid gtid : gtids) {
      assertThat(list.contains(gtid)).isTrue();
      assertThat(list.contains(new MariaDbGtid(gtid.domain(), 77, 100))).isFalse();
    }
    assertThat(MariaDbGtidList.parse(list.print())).isEqualTo(list);
    assertThat(list.containsAll(MariaDbGtidList.EMPTY)).isTrue();
    assertThat(list.union(list)).isEqualTo(list);
    assertThat(positions.transactions(positions.printTransactions(gtids))).isEqualTo(gtids);
  }

  @Example
  void mariaDbPositionsAreReadStrictly() {
    assertThat(MariaDbGtidList.parse(" 1-2-18446744073709551615, 0-1-5").print())
        .isEqualTo("0-1-5,1-2-18446744073709551615");
    for (String text : new String[] {"0-1", "0-1-0", "a-1-1", "0-1-5,0-2-6", "0-1-5,", "-1-1-1"}) {
      assertThatThrownBy(() -> MariaDbGtidList.parse(text))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Example
  void placesFollowEachOtherByTheNumberOfTheirFile() {
    BinlogPlace first = BinlogPlace.parse("my.log:bin.999999:4000000000000");
    BinlogPlace second = BinlogPlace.parse("my.log:bin.1000000:4");
    assertThat(first).isLessThan(second);
    assertThat(second.contains(first)).isTrue();
    assertThat(first.contains(second)).isFalse();
    assertThat(positions.logPosition("file:" + first.print())).isEqualTo(new BinlogPosition(first));
    assertThatThrownBy(() -> first.compareTo(BinlogPlace.parse("other.000001:4")))
        .isInstanceOf(IllegalArgumentException.class);
    for (String text : new String[] {"", "x", "x.000001", "x.000001:", "x.1:4", "x.000001:-4"}) {
      assertThatThrownBy(() -> BinlogPlace.parse(text))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Example
  void aSnapshotWithinBoundsIsPassedAtItsUpperOne() {
    String uuid = "00000000-0000-0000-0000-00000000000a";
    SnapshotPosition bounds =
        positions.snapshotPosition("mysql:" + uuid + ":1-5..mysql:" + uuid + ":1-9");
    assertThat(positions.snapshotPosition(bounds.print())).isEqualTo(bounds);
    assertThat(bounds.print()).endsWith(":1-9");
    assertThat(bounds.inclusion(Gtid.parse(uuid + ":5"))).isEqualTo(Inclusion.YES);
    assertThat(bounds.inclusion(Gtid.parse(uuid + ":6"))).isEqualTo(Inclusion.MAYBE);
    assertThat(bounds.includes(Gtid.parse(uuid + ":6"))).isFalse();
    assertThat(bounds.inclusion(Gtid.parse(uuid + ":10"))).isEqualTo(Inclusion.NO);
    assertThat(bounds.isPassedBy(positions.logPosition("mysql:" + uuid + ":1-8"))).isFalse();
    assertThat(bounds.isPassedBy(positions.logPosition("mysql:" + uuid + ":1-9"))).isTrue();
    MySqlSnapshotPosition exact = new MySqlSnapshotPosition(GtidSet.parse(uuid + ":1-5"));
    assertThat(exact.print()).isEqualTo("mysql:" + uuid + ":1-5");
  }

  @Example
  void thePlaceInTheFilesIsNoPartOfAPosition() {
    BinlogPosition with = (BinlogPosition) positions.logPosition("mariadb:0-1-5@binlog.000003:400");
    assertThat(with.place()).contains(BinlogPlace.parse("binlog.000003:400"));
    assertThat(with).isEqualTo(positions.logPosition("mariadb:0-1-5"));
    assertThat(positions.logPosition(with.print()).print()).isEqualTo(with.print());
  }

  @Example
  void damagedPositionsAreRefusedOrReadAsWhatStandsThere() {
    DamagedInput logPositions =
        DamagedInput.of(
            input -> {
              String printed = positions.logPosition(text(input)).print();
              assertThat(positions.logPosition(printed).print()).isEqualTo(printed);
              return printed;
            },
            IllegalArgumentException.class);
    DamagedInput transactions =
        DamagedInput.of(
                input -> positions.printTransactions(positions.transactions(text(input))),
                IllegalArgumentException.class)
            .within(500L << 20);
    String uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
    int seed = 0;
    for (String printed :
        new String[] {
          "mysql:" + uuid + ":1-5:7:tag:3@binlog.000003:400",
          "mariadb:0-1-5,1-2-7@binlog.000003:400",
          "file:binlog.000003:400"
        }) {
      assertThat(logPositions.giveChanges(printed.getBytes(ISO_8859_1), 2_000, seed++).refused())
          .isPositive();
    }
    transactions.giveChanges(("mysql:" + uuid + ":1-5:7").getBytes(ISO_8859_1), 2_000, seed++);
    transactions.giveChanges("mariadb:0-1-5,0-1-6".getBytes(ISO_8859_1), 2_000, seed++);
    for (String printed :
        new String[] {
          "mysql:" + uuid + ":1-9999999",
          "mysql:" + uuid + ":1-9223372036854775806",
          "mysql:" + "x".repeat(5_000_000),
          "mariadb:" + ",".repeat(1_000_000),
          "file:" + "f".repeat(1_000_000) + ".000001:4",
          "mysql:" + uuid + ":a".repeat(1_000_000),
          "z".repeat(1_000_000)
        }) {
      assertThat(transactions.give(printed.getBytes(ISO_8859_1))).isEmpty();
      logPositions.give(printed.getBytes(ISO_8859_1));
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, ISO_8859_1);
  }
}
