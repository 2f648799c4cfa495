package io.tidemark.database.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PgOutputDecoderTest {

  private static byte[] message(Object... parts) {
    ByteBuffer buffer = ByteBuffer.allocate(200);
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
