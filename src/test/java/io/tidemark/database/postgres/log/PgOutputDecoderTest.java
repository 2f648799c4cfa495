package io.tidemark.database.postgres.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.testing.DamagedInput;
import io.tidemark.testing.HexLines;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PgOutputDecoderTest {

  /** A message of these parts: whole numbers of any size, a character for a byte, and text. */
  static byte[] message(Object... parts) {
    ByteBuffer buffer = ByteBuffer.allocate(1_000);
    for (Object part : parts) {
      if (part instanceof Character kind) {
        buffer.put((byte) kind.charValue());
      } else if (part instanceof Short number) {
        buffer.putShort(number);
      } else if (part instanceof Integer number) {
        buffer.putInt(number);
      } else if (part instanceof Long number) {
        buffer.putLong(number);
      } else {
        buffer.put(((String) part).getBytes(StandardCharsets.UTF_8));
      }
    }
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  static List<byte[]> messages() {
    return List.of(
        message('B', 5L, 1_000_000L, -2),
        message('C', '\0', 5L, 6L, 1_000_000L),
        message('R', 7, "s\0", "ü\0", 'd', (short) 1, '\1', "a\0", 23, -1),
        message('I', 7, 'N', (short) 2, 't', 2, "xy", 'n'),
        message('U', 7, 'K', (short) 1, 't', 1, "x", 'N', (short) 1, 'u'),
        message('D', 7, 'O', (short) 1, 't', 0),
        message('T', 2, '\1', 7, 8),
        message('O', 5L, "origin\0"),
        message('Y', 7, "s\0", "n\0"),
        message('M', '\1', 5L, "p\0", 2, "xy"));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void refusesEveryMessageThatIsTooShortOrTooLong(byte[] message) {
    assertThat(PgOutputDecoder.decode(ByteBuffer.wrap(message))).isNotNull();
    for (int length = 1; length < message.length; length++) {
      ByteBuffer cut = ByteBuffer.wrap(Arrays.copyOf(message, length));
      assertThatThrownBy(() -> PgOutputDecoder.decode(cut))
          .isInstanceOf(DatabaseException.class)
          .hasMessageContaining("cannot be read");
    }
    ByteBuffer longer = ByteBuffer.wrap(Arrays.copyOf(message, message.length + 1));
    assertThatThrownBy(() -> PgOutputDecoder.decode(longer))
        .hasMessageContaining("1 bytes are left over");
  }

  @Test
  void leavesValuesWhereTheyAre() {
    byte[] array = message(9L, 'I', 7, 'N', (short) 3, 't', 2, "xy", 'n', 'u');
    ByteBuffer buffer = ByteBuffer.wrap(array).position(8).slice();
    PgOutputMessage.Tuple row = ((PgOutputMessage.Insert) PgOutputDecoder.decode(buffer)).row();
    assertThat(row.array()).isSameAs(array);
    assertThat(new String(array, row.offset(0), row.length(0), StandardCharsets.UTF_8))
        .isEqualTo("xy");
    assertThat(row.isNull(1)).isTrue();
    assertThat(row.isUnchanged(2)).isTrue();
  }

  /** What a real server has sent: rows, nulls, unchanged values, old rows, keys, strange names. */
  private static List<byte[]> recorded() {
    return HexLines.read("/postgres/pgoutput-17.hex");
  }

  @Test
  void readsWhatARealServerHasSentAndNothingLessOrMore() {
    DamagedInput decoder = DamagedInput.of(PgOutputFuzz::read, DatabaseException.class);
    Set<Class<?>> kinds = new HashSet<>();
    for (byte[] message : recorded()) {
      kinds.add(PgOutputDecoder.decode(ByteBuffer.wrap(message)).getClass());
      decoder.refusesEveryCut(message);
      decoder.refusesMore(message);
    }
    assertThat(kinds)
        .contains(
            PgOutputMessage.Begin.class,
            PgOutputMessage.Commit.class,
            PgOutputMessage.Relation.class,
            PgOutputMessage.Type.class,
            PgOutputMessage.Insert.class,
            PgOutputMessage.Update.class,
            PgOutputMessage.Delete.class,
            PgOutputMessage.Truncate.class,
            PgOutputMessage.Emitted.class);
  }

  @Test
  void damagedMessagesAreRefusedOrReadAtOnce() {
    DamagedInput decoder = DamagedInput.of(PgOutputFuzz::read, DatabaseException.class);
    int seed = 0;
    for (byte[] message : recorded()) {
      decoder.giveChanges(message, 400, seed++);
    }
    for (byte[] message : messages()) {
      DamagedInput.Tally tally = decoder.giveChanges(message, 2_000, seed++);
      assertThat(tally.refused()).isPositive();
      assertThat(tally.read()).isPositive();
    }
  }

  @Test
  void countsThatAreNegativeOrLargerThanTheRestAreRefused() {
    DamagedInput decoder = DamagedInput.of(PgOutputFuzz::read, DatabaseException.class);
    for (byte[] hostile :
        List.of(
            message('R', 7, "s\0", "t\0", 'd', (short) -1),
            message('R', 7, "s\0", "t\0", 'd', Short.MAX_VALUE, '\1', "a\0", 23, -1),
            message('T', -1, '\0'),
            message('T', Integer.MAX_VALUE, '\0', 7),
            message('I', 7, 'N', Short.MAX_VALUE, 'n', 'n'),
            message('I', 7, 'N', (short) 1, 't', Integer.MAX_VALUE, "x"),
            message('M', '\1', 5L, "p\0", -2, "xy"),
            new byte[0])) {
      assertThat(decoder.give(hostile)).isEmpty();
    }
  }

  @Test
  void refusesNamesThatAreNoText() {
    byte[] relation = message('R', 7, "s\0", "t\0", 'd', (short) 1, '\1', "a\0", 23, -1);
    relation[5] = (byte) 0xc3;
    assertThatThrownBy(() -> PgOutputDecoder.decode(ByteBuffer.wrap(relation)))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("UTF-8");
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    for (byte[] unknown :
        List.of(
            message('S', 1, '\1'),
            message('I', 7, 'X', (short) 0),
            message('I', 7, 'N', (short) 1, 'b', 1, "x"),
            message('I', 7, 'N', (short) -1),
            message('I', 7, 'N', (short) 1, 't', -5),
            message('D', 7, 'N', (short) 0))) {
      assertThatThrownBy(() -> PgOutputDecoder.decode(ByteBuffer.wrap(unknown)))
          .isInstanceOfSatisfying(
              DatabaseException.class,
              e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.FATAL));
    }
  }
}
