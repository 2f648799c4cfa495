package io.tidemark.database.mysql.position;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;

class GtidSetTest {

  private static final String A = "00000000-0000-0000-0000-00000000000a";
  private static final String F = "ffffffff-0000-0000-0000-00000000000f";

  @Provide
  Arbitrary<Set<Gtid>> gtids() {
    Arbitrary<UUID> sources = Arbitraries.of(UUID.fromString(A), UUID.fromString(F));
    Arbitrary<String> tags = Arbitraries.of("", "", "a", "tag_1");
    return Combinators.combine(sources, tags, Arbitraries.longs().between(1, 12))
        .as(Gtid::new)
        .set()
        .ofMaxSize(20);
  }

  private static GtidSet set(Set<Gtid> gtids) {
    GtidSet set = GtidSet.EMPTY;
    for (Gtid gtid : gtids) {
      set = set.plus(gtid);
    }
    return set;
  }

  @Example
  void readsWhatIsOwnedAlsoWithNothingBetweenTwoSources() {
    assertThat(GtidSet.parseOwned("")).isEqualTo(GtidSet.EMPTY);
    assertThat(GtidSet.parseOwned(A + ":3#17:5#18" + F + ":tag:7#4294967295").print())
        .isEqualTo(A + ":3:5," + F + ":tag:7");
    assertThat(GtidSet.parseOwned(A.toUpperCase(java.util.Locale.ROOT) + ":3#1,\n" + F + ":1#2"))
        .isEqualTo(GtidSet.parse(A + ":3," + F + ":1"));
    for (String text : new String[] {"x", A + ":3", A + ":3#1:?", "1#2"}) {
      assertThatThrownBy(() -> GtidSet.parseOwned(text))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Property
  void isTheSetOfItsMembers(@ForAll("gtids") Set<Gtid> a, @ForAll("gtids") Set<Gtid> b) {
    GtidSet left = set(a);
    GtidSet right = set(b);
    Set<Gtid> both = new HashSet<>(a);
    both.addAll(b);
    Set<Gtid> rest = new HashSet<>(a);
    rest.removeAll(b);
    assertThat(left.union(right)).isEqualTo(set(both)).hasSameHashCodeAs(set(both));
    assertThat(left.subtract(right)).isEqualTo(set(rest));
    assertThat(left.containsAll(right)).isEqualTo(a.containsAll(b));
    assertThat(left.size()).isEqualTo(a.size());
    for (Gtid gtid : both) {
      assertThat(left.contains(gtid)).isEqualTo(a.contains(gtid));
      assertThat(left.next(gtid.source(), gtid.tag())).isNotIn(a);
    }
  }

  @Property
  void readsWhatItPrints(@ForAll("gtids") Set<Gtid> gtids) {
    GtidSet set = set(gtids);
    assertThat(GtidSet.parse(set.print())).isEqualTo(set);
    assertThat(GtidSet.parse(set.print().toUpperCase(java.util.Locale.ROOT).replace(",", ",\n")))
        .isEqualTo(set);
    MySqlPositions positions = new MySqlPositions();
    assertThat(positions.transactions(positions.printTransactions(gtids))).isEqualTo(gtids);
    BinlogPosition position = new BinlogPosition(set);
    assertThat(positions.logPosition(position.print())).isEqualTo(position);
    assertThat(positions.snapshotPosition(position.print()).isPassedBy(position)).isTrue();
  }

  @Property(tries = 3_000)
  void refusesOrReadsAnyTextInNoTime(
      @ForAll
          @StringLength(max = 60)
          @CharRange(from = '0', to = '9')
          @CharRange(from = 'a', to = 'f')
          @net.jqwik.api.constraints.Chars({':', '-', ',', ' ', '@', '.', '_', '\n'})
          String text) {
    for (String prefix : new String[] {"", "mysql:", "mariadb:", "file:", "mysql:" + A + ":"}) {
      MySqlPositions positions = new MySqlPositions();
      try {
        String printed = positions.logPosition(prefix + text).print();
        assertThat(positions.logPosition(printed).print()).isEqualTo(printed);
      } catch (IllegalArgumentException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
      try {
        positions.transactions(prefix + text);
      } catch (IllegalArgumentException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
  }

  @Example
  void printsAsTheServerDoes() {
    assertThat(GtidSet.parse(F + ":1-3:5, " + A + ":T:7:8:1:2-4\n," + F + ":b:1:a:9").print())
        .isEqualTo(A + ":t:1-4:7-8," + F + ":1-3:5:a:9:b:1");
    assertThat(GtidSet.parse("").print()).isEmpty();
    assertThat(GtidSet.parse(A + ":1-9223372036854775806").next(UUID.fromString(A), "b").print())
        .isEqualTo(A + ":b:1");
  }

  @Example
  void refusesWhatIsMalformed() {
    for (String text :
        new String[] {
          "x",
          A,
          A + ":",
          A + ":0",
          A + ":5-3",
          A + ":1-",
          A + ":-1",
          A + ":9223372036854775807",
          A + ":99999999999999999999",
          A + "::1",
          A + ":a",
          A + ":a:",
          A + ":1:a",
          A + ":a:b:1",
          A + ":1a",
          A + ":" + "x".repeat(33) + ":1",
          "1-2-3",
          A.substring(1) + ":1"
        }) {
      assertThatThrownBy(() -> GtidSet.parse(text))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("not a GTID set");
    }
    String huge = A + ":1".repeat(40_000_000);
    assertThatThrownBy(() -> GtidSet.parse(huge))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("characters");
    assertThatThrownBy(() -> new MySqlPositions().transactions("mysql:" + A + ":1-99999999999"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Example
  void theTermsOfTwoServersDoNotMix() {
    GtidSet mysql = GtidSet.parse(A + ":1");
    assertThatThrownBy(() -> mysql.contains(MariaDbGtid.parse("0-1-2")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> mysql.containsAll(BinlogPlace.parse("binlog.000001:4")))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
