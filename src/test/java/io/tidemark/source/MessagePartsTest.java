package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.database.SourceMemory;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MessagePartsTest {

  private static final int TABLES = 20_000;

  /** What Flink sends between processes unless it is set otherwise ({@code pekko.framesize}). */
  private static final int FRAME = 10 << 20;

  @Test
  void whatIsToldOfVeryManyTablesIsSentInPartsThatFit() throws IOException {
    ToReader.StreamClaimed claimed =
        new ToReader.StreamClaimed(7, tables(), new SourceMemory(facts()));
    assertThat(serialized(claimed)).as("in one message").isGreaterThan(FRAME);
    List<ToReader.Part> parts = MessageParts.of(claimed);
    assertThat(parts).hasSizeGreaterThan(1);
    for (ToReader.Part part : parts) {
      assertThat(serialized(part)).isLessThan(FRAME / 2);
    }
    assertThat(together(parts)).isEqualTo(claimed);
  }

  @Test
  void coverageOfVeryManyTablesIsSentInPartsThatFit() throws IOException {
    List<ToReader.PrintedCoverage> covered = new ArrayList<>();
    for (Table table : tables()) {
      covered.add(
          new ToReader.PrintedCoverage(
              table.id(),
              List.of(),
              List.of(
                  new ToReader.PrintedState(
                      ToReader.PrintedState.Kind.COPIED, "690:700:695@0/16B3000")),
              List.of()));
    }
    ToReader.LogCoverage coverage = new ToReader.LogCoverage(3, covered, List.of(), List.of());
    List<ToReader.Part> parts = MessageParts.of(coverage);
    for (ToReader.Part part : parts) {
      assertThat(serialized(part)).isLessThan(FRAME / 2);
    }
    assertThat(together(parts)).isEqualTo(coverage);
  }

  /** Rows with other keys that are copied again one by one, and their chunks: long keys. */
  @Test
  void whatAReaderTellsOfVeryManyKeysIsSentInPartsThatFit() throws IOException {
    Random random = new Random(9);
    TableId table = new TableId("public", "t");
    List<Key> keys =
        IntStream.range(0, 20_000).mapToObj(number -> new Key(List.of(longName(random)))).toList();
    List<Chunk> chunks = new ArrayList<>();
    List<byte[]> splits = new ArrayList<>();
    for (int from = 0; from < keys.size(); from += 500) {
      List<Key> some = List.copyOf(keys.subList(from, from + 500));
      chunks.add(new Chunk(table, 0, new KeyRange.Points(some)));
      splits.add(some.toString().getBytes(StandardCharsets.UTF_8));
    }
    requireFit(new ToEnumerator.ReaderStarted(splits));
    requireFit(new ToEnumerator.ChunksDurable(4, chunks));
    requireFit(new ToEnumerator.KeysReopened(table, keys));
  }

  private static void requireFit(ToEnumerator message) throws IOException {
    int whole = serialized(message);
    assertThat(whole).as("in one message").isGreaterThan(FRAME);
    MessageParts enumerator = new MessageParts();
    Optional<ToEnumerator> together = Optional.empty();
    for (ToEnumerator.Part part : MessageParts.of(message)) {
      assertThat(together).isEmpty();
      assertThat(serialized(part)).isLessThan(FRAME / 2);
      together = enumerator.take(part);
    }
    // Records that hold arrays are not equal, but what they are written as is.
    assertThat(bytes(together.orElseThrow())).isEqualTo(bytes(message));
  }

  @Test
  void aPartInAnothersPlaceIsRefused() {
    List<ToReader.Part> parts =
        MessageParts.of(new ToReader.StreamClaimed(7, tables(), SourceMemory.NONE));
    MessageParts reader = new MessageParts();
    assertThatThrownBy(() -> reader.take(parts.get(1)))
        .hasMessageContaining("part 1 of a message came in the place of part 0");
  }

  private static ToReader together(List<ToReader.Part> parts) {
    MessageParts reader = new MessageParts();
    Optional<ToReader> whole = Optional.empty();
    for (ToReader.Part part : parts) {
      assertThat(whole).isEmpty();
      whole = reader.take(part);
    }
    return whole.orElseThrow();
  }

  /** Names of which none is like another, as compression would profit from. */
  private static List<Table> tables() {
    Random random = new Random(5);
    return IntStream.range(0, TABLES)
        .mapToObj(
            number ->
                new Table(
                    new TableId("public", name(random)),
                    IntStream.range(0, 15)
                        .mapToObj(place -> new Column(name(random), "character varying(200)", true))
                        .toList(),
                    Optional.<PrimaryKey>empty()))
        .toList();
  }

  private static String name(Random random) {
    return Long.toHexString(random.nextLong()) + "_name";
  }

  private static String longName(Random random) {
    StringBuilder name = new StringBuilder();
    while (name.length() < 600) {
      name.append(Long.toHexString(random.nextLong()));
    }
    return name.toString();
  }

  private static Map<String, String> facts() {
    Random random = new Random(6);
    Map<String, String> facts = new TreeMap<>();
    for (int i = 0; i < TABLES; i++) {
      facts.put("table " + name(random), name(random) + name(random));
    }
    return facts;
  }

  private static int serialized(Object message) throws IOException {
    return bytes(message).length;
  }

  private static byte[] bytes(Object message) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(message);
    }
    return bytes.toByteArray();
  }
}
