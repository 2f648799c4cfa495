package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.schema.TableId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.flink.core.io.SimpleVersionedSerializer;
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
          8, new Chunk(ORDERS, 0, new KeyRange.Point(NINE)), "690:700:@0/16B3000");
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
          Map.of(ORDERS, Set.of(NINE)));

  private final CopySplitSerializer splits = new CopySplitSerializer();
  private final EnumeratorStateSerializer states = new EnumeratorStateSerializer();

  @Test
  void writesWhatVersionOneWrote() throws IOException {
    assertThat(hex(splits.serialize(LOG))).isEqualTo(fixture("log-split-1.hex"));
    assertThat(hex(splits.serialize(CHUNK))).isEqualTo(fixture("chunk-split-1.hex"));
    assertThat(hex(splits.serialize(POINT))).isEqualTo(fixture("point-split-1.hex"));
    assertThat(hex(states.serialize(STATE))).isEqualTo(fixture("enumerator-state-1.hex"));
  }

  @Test
  void readsWhatVersionOneWrote() throws IOException {
    assertThat(splits.deserialize(1, bytes("log-split-1.hex"))).isEqualTo(LOG);
    assertThat(splits.deserialize(1, bytes("chunk-split-1.hex"))).isEqualTo(CHUNK);
    assertThat(splits.deserialize(1, bytes("point-split-1.hex"))).isEqualTo(POINT);
    assertThat(states.deserialize(1, bytes("enumerator-state-1.hex"))).isEqualTo(STATE);
  }

  @Test
  void refusesVersionsThatItDoesNotKnow() {
    for (int version : new int[] {0, 2, -1}) {
      assertThatThrownBy(() -> splits.deserialize(version, splits.serialize(LOG)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("version " + version);
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
      assertThatThrownBy(() -> states.deserialize(1, cut)).isInstanceOf(IOException.class);
    }
    assertThatThrownBy(() -> splits.deserialize(1, Arrays.copyOf(split, split.length + 1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("1 bytes follow");
  }

  @Property(tries = 2_000)
  void neverHangsOrRunsOutOfMemoryOnAnyBytes(@ForAll byte[] bytes) {
    for (SimpleVersionedSerializer<?> serializer :
        List.<SimpleVersionedSerializer<?>>of(splits, states)) {
      try {
        assertThat(serializer.deserialize(1, bytes)).isNotNull();
      } catch (IOException | IllegalArgumentException refused) {
        assertThat(refused).isNotNull();
      }
    }
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
