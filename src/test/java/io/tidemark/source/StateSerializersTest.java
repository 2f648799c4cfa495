package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.database.SourceMemory;
import io.tidemark.protocol.AnnouncedRange;
import io.tidemark.schema.TableId;
import io.tidemark.testing.DamagedInput;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/**
 * What a checkpoint keeps can be read again, also by later versions: the bytes of every version are
 * kept beside this test and must stay readable.
 */
class StateSerializersTest {

  private static final TableId ORDERS = new TableId("public", "Order \"ü\"");
  private static final Key FIVE = new Key(List.of("5", "a,b"));
  private static final Key NINE = new Key(List.of("9", ""));

  private static final CopySplit LOG = new CopySplit.LogSplit("0/16B3748", "700-702,705");
  private static final CopySplit CHUNK =
      new CopySplit.ChunkSplit(
          7,
          new Chunk(ORDERS, 3, KeyRange.between(Optional.of(FIVE), Optional.empty())),
          "690:700:695@0/16B3000");
  private static final CopySplit POINT =
      new CopySplit.ChunkSplit(
          8, new Chunk(ORDERS, 0, KeyRange.Points.of(NINE)), "690:700:@0/16B3000");
  private static final CopySplit REOPENED =
      new CopySplit.ReopenedSplit(ORDERS, List.of(NINE, FIVE));
  private static final EnumeratorState STATE =
      new EnumeratorState(
          "postgresql 7/5 shop",
          Set.of(new TableId("public", "done")),
          List.of(
              new EnumeratorState.Covered(
                  ORDERS,
                  0,
                  2,
                  (KeyRange.Between) KeyRange.between(Optional.empty(), Optional.of(FIVE)),
                  "690:700:695@0/16B3000")),
          Map.of(ORDERS, Set.of(NINE)),
          List.of(
              new AnnouncedRange(
                  ORDERS,
                  3,
                  Integer.MAX_VALUE,
                  (KeyRange.Between) KeyRange.between(Optional.of(FIVE), Optional.empty()))),
          new SourceMemory(Map.of("table public.orders", "16384 5", "slot", "4")));

  private final CopySplitSerializer splits = new CopySplitSerializer();
  private final EnumeratorStateSerializer states = new EnumeratorStateSerializer();

  @Test
  void writesWhatWasWritten() throws IOException {
    assertThat(hex(splits.serialize(LOG))).isEqualTo(fixture("log-split-1.hex"));
    assertThat(hex(splits.serialize(CHUNK))).isEqualTo(fixture("chunk-split-1.hex"));
    assertThat(hex(splits.serialize(POINT))).isEqualTo(fixture("point-split-1.hex"));
    assertThat(hex(splits.serialize(REOPENED))).isEqualTo(fixture("reopened-split-1.hex"));
    assertThat(hex(states.serialize(STATE))).isEqualTo(fixture("enumerator-state-3.hex"));
  }

  @Test
  void readsWhatWasWritten() throws IOException {
    assertThat(splits.deserialize(1, bytes("log-split-1.hex"))).isEqualTo(LOG);
    assertThat(splits.deserialize(1, bytes("chunk-split-1.hex"))).isEqualTo(CHUNK);
    assertThat(splits.deserialize(1, bytes("point-split-1.hex"))).isEqualTo(POINT);
    assertThat(splits.deserialize(1, bytes("reopened-split-1.hex"))).isEqualTo(REOPENED);
    assertThat(states.deserialize(3, bytes("enumerator-state-3.hex"))).isEqualTo(STATE);
  }

  @Test
  void readsTheSecondVersionOfTheStateWithoutFacts() throws IOException {
    assertThat(states.deserialize(2, bytes("enumerator-state-2.hex")))
        .isEqualTo(
            new EnumeratorState(
                STATE.sourceIdentity(),
                STATE.streamed(),
                STATE.covered(),
                STATE.holes(),
                STATE.announced(),
                SourceMemory.NONE));
  }

  @Test
  void readsTheFirstVersionOfTheStateWithoutAnnouncedChunks() throws IOException {
    assertThat(states.deserialize(1, bytes("enumerator-state-1.hex")))
        .isEqualTo(
            new EnumeratorState(
                STATE.sourceIdentity(),
                STATE.streamed(),
                STATE.covered(),
                STATE.holes(),
                List.of(),
                SourceMemory.NONE));
  }

  @Test
  void refusesVersionsThatItDoesNotKnow() {
    for (int version : new int[] {0, 2, -1}) {
      assertThatThrownBy(() -> splits.deserialize(version, splits.serialize(LOG)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("version " + version);
    }
    for (int version : new int[] {0, 4, -1}) {
      assertThatThrownBy(() -> states.deserialize(version, states.serialize(STATE)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("version " + version);
    }
  }

  @Test
  void refusesWhatIsCutOffOrFollowedByMore() throws IOException {
    byte[] split = splits.serialize(CHUNK);
    byte[] state = states.serialize(STATE);
    for (int length = 0; length < split.length; length++) {
      byte[] cut = Arrays.copyOf(split, length);
      assertThatThrownBy(() -> splits.deserialize(1, cut)).isInstanceOf(IOException.class);
    }
    for (int length = 0; length < state.length; length++) {
      byte[] cut = Arrays.copyOf(state, length);
      assertThatThrownBy(() -> states.deserialize(3, cut)).isInstanceOf(IOException.class);
    }
    assertThatThrownBy(() -> splits.deserialize(1, Arrays.copyOf(split, split.length + 1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("1 bytes follow");
  }

  @Property(tries = 2_000)
  void anyBytesAreRefusedOrReadInLittleMemory(@ForAll byte[] bytes) {
    splitReader().give(bytes);
    stateReader().give(bytes);
  }

  @Test
  void damagedStateIsRefusedOrReadInLittleMemory() throws IOException {
    for (CopySplit split : List.of(LOG, CHUNK, POINT, REOPENED)) {
      byte[] valid = splits.serialize(split);
      splitReader().refusesEveryCut(valid);
      splitReader().refusesMore(valid);
      assertThat(splitReader().giveChanges(valid, 5_000, 1).refused()).isPositive();
    }
    byte[] valid = states.serialize(STATE);
    stateReader().refusesEveryCut(valid);
    stateReader().refusesMore(valid);
    assertThat(stateReader().giveChanges(valid, 10_000, 2).refused()).isPositive();
  }

  @Property(tries = 300)
  void whatIsReadIsWhatWasWritten(@ForAll("states") EnumeratorState state) throws IOException {
    assertThat(states.deserialize(3, states.serialize(state))).isEqualTo(state);
  }

  @Provide
  Arbitrary<EnumeratorState> states() {
    Arbitrary<String> text = Arbitraries.of("a", "ü", "", "\ud83d\ude00", "x".repeat(70_000));
    Arbitrary<TableId> table =
        Combinators.combine(Arbitraries.of("s", "ü"), Arbitraries.of("t", "u")).as(TableId::new);
    Arbitrary<Key> key = text.list().ofMinSize(1).ofMaxSize(3).map(Key::new);
    Arbitrary<EnumeratorState.Covered> covered =
        Combinators.combine(table, Arbitraries.integers(), key.optional(), key.optional(), text)
            .as(
                (id, number, from, to, snapshot) ->
                    new EnumeratorState.Covered(
                        id,
                        number,
                        number,
                        (KeyRange.Between) KeyRange.between(from, to),
                        snapshot));
    Arbitrary<AnnouncedRange> announced =
        Combinators.combine(
                table, Arbitraries.integers().between(0, 9), key.optional(), key.optional())
            .as(
                (name, number, from, to) ->
                    new AnnouncedRange(
                        name, number, number + 3, (KeyRange.Between) KeyRange.between(from, to)));
    return Combinators.combine(
            text,
            table.set().ofMaxSize(3),
            covered.list().ofMaxSize(3),
            Arbitraries.maps(table, key.set().ofMaxSize(2)).ofMaxSize(2),
            announced.list().ofMaxSize(3),
            Arbitraries.maps(text, text).ofMaxSize(2).map(SourceMemory::new))
        .as(EnumeratorState::new);
  }

  /** What Java would read as something: text with a character missing, a flag that is neither. */
  @Test
  void bytesThatNobodyWritesAreRefused() throws IOException {
    String log = hex(splits.serialize(LOG));
    assertThat(splitReader().give(HexFormat.of().parseHex(log.replace("302f", "30c3")))).isEmpty();
    String chunk = hex(splits.serialize(CHUNK));
    // The lower bound's flag stands behind the chunk's number and the kind of its range.
    String flag = "00000003" + "00" + "01";
    assertThat(chunk).contains(flag);
    byte[] neither = HexFormat.of().parseHex(chunk.replace(flag, "00000003" + "00" + "02"));
    assertThat(splitReader().give(neither)).isEmpty();
    String state = hex(states.serialize(STATE));
    String done = hex("\0\0\0\6public\0\0\0\4done".getBytes(StandardCharsets.UTF_8));
    byte[] twice =
        HexFormat.of().parseHex(state.replace("00000001" + done, "00000002" + done + done));
    assertThat(stateReader().give(twice)).isEmpty();
  }

  private DamagedInput splitReader() {
    return DamagedInput.of(bytes -> splits.deserialize(1, bytes), IOException.class);
  }

  private DamagedInput stateReader() {
    return DamagedInput.of(bytes -> states.deserialize(3, bytes), IOException.class);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] bytes(String name) throws IOException {
    return HexFormat.of().parseHex(fixture(name));
  }

  private static String fixture(String name) throws IOException {
    try (InputStream in = StateSerializersTest.class.getResourceAsStream("/state/" + name)) {
      if (in == null) {
        throw new IOException("no fixture " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip();
    }
  }
}
