package io.tidemark.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import io.tidemark.testing.DamagedInput;
import io.tidemark.testing.HexLines;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/**
 * What one task sends another one can read, also one of a later version: the bytes of every version
 * are kept beside this test and must stay readable.
 */
class ChangeEventCodecTest {

  private static final String VERSION_ONE = "/state/change-events-1.hex";
  private static final String VERSION_TWO = "/state/change-events-2.hex";

  private final DamagedInput reader =
      DamagedInput.of(ChangeEventCodecTest::read, IOException.class);

  @Test
  void writesWhatVersionOneWrote() throws IOException {
    List<String> written = new ArrayList<>();
    for (ChangeEvent event : EventSamples.all()) {
      written.add(HexFormat.of().formatHex(write(event)));
    }
    assertThat(written)
        .isEqualTo(HexLines.read(VERSION_ONE).stream().map(HexFormat.of()::formatHex).toList());
  }

  @Test
  void readsWhatVersionOneWrote() throws IOException {
    List<ChangeEvent> read = new ArrayList<>();
    for (byte[] recorded : HexLines.read(VERSION_ONE)) {
      read.add(read(recorded));
    }
    assertSame(read, EventSamples.all());
  }

  @Test
  void writesAndReadsWhatVersionTwoWrote() throws IOException {
    List<String> written = new ArrayList<>();
    for (ChangeEvent event : EventSamples.ofVersionTwo()) {
      written.add(HexFormat.of().formatHex(write(event)));
    }
    List<ChangeEvent> read = new ArrayList<>();
    for (byte[] recorded : HexLines.read(VERSION_TWO)) {
      read.add(read(recorded));
    }
    assertThat(read).isEqualTo(EventSamples.ofVersionTwo());
    assertThat(written)
        .isEqualTo(HexLines.read(VERSION_TWO).stream().map(HexFormat.of()::formatHex).toList());
  }

  @Test
  void everyKindIsAmongTheSamples() {
    assertThat(EventSamples.all().stream().map(Object::getClass).distinct().toList())
        .hasSameElementsAs(List.of(ChangeEvent.class.getPermittedSubclasses()));
    assertThat(
            EventSamples.all().stream()
                .filter(ChangeEvent.Changes.class::isInstance)
                .flatMap(event -> ((ChangeEvent.Changes) event).changes().stream())
                .map(Object::getClass)
                .distinct()
                .toList())
        .hasSameElementsAs(List.of(RowChange.class.getPermittedSubclasses()));
    Table table = ((ChangeEvent.ChunkBegin) EventSamples.all().get(0)).table();
    List<ValueType> types = table.columns().stream().map(Column::values).toList();
    assertThat(types).contains(ValueType.Plain.values());
    assertThat(types.stream().map(ChangeEventCodecTest::kind).distinct().toList())
        .hasSameElementsAs(List.of(ValueType.class.getPermittedSubclasses()));
  }

  /** An enum's constant may be of a class of its own. */
  private static Class<?> kind(ValueType type) {
    return type instanceof ValueType.Plain plain ? plain.getDeclaringClass() : type.getClass();
  }

  @Test
  void refusesVersionsAndKindsThatItDoesNotKnow() throws IOException {
    for (int version : new int[] {0, 3, 255}) {
      byte[] other = write(EventSamples.all().get(1));
      other[0] = (byte) version;
      assertThatThrownBy(() -> read(other))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("version " + version);
    }
    for (int kind : new int[] {0, 10, 255}) {
      byte[] other = write(EventSamples.all().get(1));
      other[1] = (byte) kind;
      assertThatThrownBy(() -> read(other))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("no event of kind " + kind);
    }
  }

  @Test
  void damagedEventsAreRefusedOrReadInLittleMemory() throws IOException {
    int seed = 0;
    List<byte[]> all = new ArrayList<>(HexLines.read(VERSION_ONE));
    all.addAll(HexLines.read(VERSION_TWO));
    for (byte[] valid : all) {
      reader.refusesEveryCut(valid);
      assertThat(reader.giveChanges(valid, 5_000, seed++).refused()).isPositive();
    }
  }

  @Property(tries = 2_000)
  void anyBytesAreRefusedOrReadInLittleMemory(@ForAll byte[] bytes) {
    reader.give(bytes);
    for (int kind = 0; kind < 11; kind++) {
      byte[] begun = new byte[bytes.length + 2];
      begun[0] = (byte) (kind == 10 ? 2 : 1);
      begun[1] = (byte) kind;
      System.arraycopy(bytes, 0, begun, 2, bytes.length);
      reader.give(begun);
    }
  }

  /** What Java would read as something: a time that is none, a place that nothing has. */
  @Test
  void bytesThatNobodyWritesAreRefused() throws IOException {
    ChangeEvent.Commit commit =
        new ChangeEvent.Commit(
            1, new ChangeEventCodec.PrintedProgress("p", ""), Instant.ofEpochSecond(3, 4));
    byte[] nanos = write(commit);
    nanos[nanos.length - 4] = 0x7f;
    assertThat(reader.give(nanos)).isEmpty();
    byte[] seconds = write(commit);
    seconds[seconds.length - 12] = 0x7f;
    assertThat(reader.give(seconds)).isEmpty();
    byte[] called =
        write(
            new ChangeEvent.SequenceValues(
                1, List.of(new SequenceValue(new TableId("s", "t"), 1, true))));
    called[called.length - 1] = 2;
    assertThat(reader.give(called)).isEmpty();
  }

  @Test
  void aRowSendsItsOwnValuesOnlyAndATableIsNamedOnce() throws IOException {
    byte[] message = new byte[1 << 20];
    Table table = table("t", 0, 2);
    List<RowChange> changes = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Row row = Row.builder(message, 2).setValue(0, i * 10, 4).setNull(1).build();
      changes.add(new RowChange.Insert(i % 2 == 0 ? table : table("t", 0, 2), row));
    }
    byte[] written = write(new ChangeEvent.Changes(changes));
    int perChange = 1 + 4 + 2 * 4 + 4;
    assertThat(written).hasSizeBetween(100 * perChange, 100 * perChange + 150);
    ChangeEvent.Changes read = (ChangeEvent.Changes) read(written);
    assertThat(read.changes()).isEqualTo(changes);
    assertThat(((RowChange.Insert) read.changes().get(7)).row().array()).hasSize(4);
  }

  @Test
  void whatCouldNotBeReadIsNotWritten() {
    Row row = Row.builder(new byte[0], 3).build();
    assertThatThrownBy(
            () ->
                write(
                    new ChangeEvent.Changes(List.of(new RowChange.Insert(table("t", 0, 2), row)))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 fields");
    assertThatThrownBy(
            () ->
                write(
                    new ChangeEvent.Heartbeat(
                        1, new ChangeEventCodec.PrintedProgress("\ud800", ""))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("half a character");
  }

  @Property(tries = 1_000)
  void whatIsReadIsWhatWasWritten(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    List<ChangeEvent> events = new ArrayList<>();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < 1 + random.nextInt(5); i++) {
      events.add(event(random));
      ChangeEventCodec.write(new DataOutputStream(bytes), events.get(i));
    }
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()));
    List<ChangeEvent> read = new ArrayList<>();
    while (read.size() < events.size()) {
      read.add(ChangeEventCodec.read(in));
    }
    assertThat(in.available()).isZero();
    assertSame(read, events);
  }

  private static ChangeEvent event(Random random) {
    Progress progress = new ChangeEventCodec.PrintedProgress(text(random), text(random));
    long epoch = random.nextLong();
    return switch (random.nextInt(10)) {
      case 0 ->
          new ChangeEvent.ChunkBegin(
              epoch, random.nextLong(), chunk(random), table(random), text(random), text(random));
      case 1 -> {
        byte[] bytes = new byte[random.nextInt(200_000)];
        random.nextBytes(bytes);
        yield new ChangeEvent.ChunkRows(bytes, random.nextInt(bytes.length + 1));
      }
      case 2 -> new ChangeEvent.ChunkEnd(chunk(random), random.nextLong());
      case 3 -> new ChangeEvent.ChunkAborted(chunk(random));
      case 4 -> new ChangeEvent.Changes(changes(random));
      case 8 -> {
        List<RowChange> changes = changes(random);
        yield new ChangeEvent.Changes(
            changes,
            Optional.of(
                new ChangeEventCodec.PrintedOrigin(
                    text(random),
                    text(random),
                    Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000)),
                    random.longs(changes.size()).boxed().toList())));
      }
      case 5 ->
          new ChangeEvent.Commit(
              epoch,
              progress,
              Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000)));
      case 6 -> new ChangeEvent.Heartbeat(epoch, progress);
      case 7 -> new ChangeEvent.ReachedConsistency(epoch, progress);
      default ->
          new ChangeEvent.SequenceValues(
              epoch,
              random
                  .ints(random.nextInt(4))
                  .mapToObj(
                      value ->
                          new SequenceValue(
                              new TableId("s", "s" + value), value, random.nextBoolean()))
                  .toList());
    };
  }

  private static List<RowChange> changes(Random random) {
    List<Table> tables = List.of(table(random), table(random), table(random));
    List<RowChange> changes = new ArrayList<>();
    for (int i = random.nextInt(20); i >= 0; i--) {
      Table table = tables.get(random.nextInt(tables.size()));
      Row row = row(random, table);
      changes.add(
          switch (random.nextInt(8)) {
            case 0 -> new RowChange.Insert(table, row);
            case 1 ->
                new RowChange.Update(
                    table,
                    random.nextBoolean() ? Optional.of(row(random, table)) : Optional.empty(),
                    row);
            case 2 -> new RowChange.Delete(table, row);
            case 3 -> new RowChange.Put(table, row);
            case 4 -> new RowChange.Remove(table, row);
            case 5 -> new RowChange.Truncate(tables.subList(0, random.nextInt(4)));
            case 6 ->
                new RowChange.Clear(
                    table, chunk(random).range(), random.nextBoolean() ? List.of() : keys(random));
            default -> new RowChange.Reopen(table, keys(random).get(0));
          });
    }
    return changes;
  }

  private static Table table(Random random) {
    return table("t" + random.nextInt(3), random.nextInt(3), random.nextInt(6));
  }

  private static Table table(String name, int version, int size) {
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      columns.add(new Column("c" + i, "text", i % 2 == 0, new ValueType.Text(i, false)));
    }
    return new Table(
        new TableId("s", name),
        version,
        columns,
        size < 2 ? Optional.empty() : Optional.of(new PrimaryKey(List.of("c1", "c0"))));
  }

  private static Row row(Random random, Table table) {
    byte[] shared = new byte[1 + random.nextInt(random.nextInt(10) == 0 ? 300_000 : 100)];
    random.nextBytes(shared);
    Row.Builder row = Row.builder(shared, table.columns().size());
    for (int field = 0; field < table.columns().size(); field++) {
      int offset = random.nextInt(shared.length);
      switch (random.nextInt(4)) {
        case 0 -> row.setNull(field);
        case 1 -> {}
        default -> row.setValue(field, offset, random.nextInt(shared.length - offset + 1));
      }
    }
    return row.build();
  }

  private static Chunk chunk(Random random) {
    Optional<Key> from = random.nextBoolean() ? Optional.empty() : Optional.of(keys(random).get(0));
    Optional<Key> to = random.nextBoolean() ? Optional.empty() : Optional.of(keys(random).get(0));
    return new Chunk(
        new TableId("s", "t"),
        random.nextInt(Integer.MAX_VALUE),
        random.nextInt(3) == 0 ? new KeyRange.Points(keys(random)) : KeyRange.between(from, to));
  }

  private static List<Key> keys(Random random) {
    return random
        .ints(1 + random.nextInt(3))
        .mapToObj(value -> new Key(List.of(text(random), "" + value)))
        .toList();
  }

  private static String text(Random random) {
    List<String> texts = List.of("", "a", "ü\0\ud83d\ude00", "x".repeat(70_000), "0/16B3748");
    return texts.get(random.nextInt(texts.size()));
  }

  /** Pieces of chunks are compared by what is in them. */
  private static void assertSame(List<ChangeEvent> read, List<ChangeEvent> written) {
    assertThat(read).hasSameSizeAs(written);
    for (int i = 0; i < read.size(); i++) {
      if (written.get(i) instanceof ChangeEvent.ChunkRows rows
          && read.get(i) instanceof ChangeEvent.ChunkRows found) {
        assertThat(found.length()).isEqualTo(rows.length());
        assertThat(Arrays.copyOf(found.bytes(), found.length()))
            .isEqualTo(Arrays.copyOf(rows.bytes(), rows.length()));
      } else {
        assertThat(read.get(i)).isEqualTo(written.get(i));
      }
    }
  }

  private static byte[] write(ChangeEvent event) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ChangeEventCodec.write(new DataOutputStream(bytes), event);
    return bytes.toByteArray();
  }

  private static ChangeEvent read(byte[] bytes) throws IOException {
    return ChangeEventCodec.read(new DataInputStream(new ByteArrayInputStream(bytes)));
  }
}
