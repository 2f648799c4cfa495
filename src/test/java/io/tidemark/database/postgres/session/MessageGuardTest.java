package io.tidemark.database.postgres.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageGuardTest {

  private static final int MOST = 1_000;

  private static byte[] message(char kind, int content) {
    byte[] bytes = new byte[5 + content];
    ByteBuffer.wrap(bytes).put((byte) kind).putInt(4 + content);
    for (int i = 5; i < bytes.length; i++) {
      bytes[i] = (byte) i;
    }
    return bytes;
  }

  private static byte[] all(byte[]... parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }

  /** Gives no more than a number of bytes at a time, and has a time-out between any two. */
  private static final class Pieces extends InputStream {
    private final InputStream in;
    private final int size;
    private boolean late;

    Pieces(byte[] bytes, int size) {
      this.in = new ByteArrayInputStream(bytes);
      this.size = size;
    }

    @Override
    public int read() {
      throw new AssertionError("byte by byte");
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      late = !late;
      if (late) {
        throw new SocketTimeoutException();
      }
      return in.read(bytes, offset, Math.min(length, size));
    }
  }

  /** What comes before the end, or before something is refused. */
  private static byte[] read(MessageGuard guard, int size) throws IOException {
    ByteArrayOutputStream came = new ByteArrayOutputStream();
    byte[] piece = new byte[size];
    while (true) {
      try {
        int read = guard.read(piece, 0, size);
        if (read < 0) {
          return came.toByteArray();
        }
        came.write(piece, 0, read);
      } catch (SocketTimeoutException e) {
        continue;
      } catch (OversizedMessage e) {
        return came.toByteArray();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7, 100, 5_000})
  void passesOnWhatThereIsRoomFor(int size) throws Exception {
    byte[] sent = all(new byte[] {'N'}, message('R', 4), message('Z', 0), message('d', MOST));
    MessageGuard guard = new MessageGuard(new Pieces(sent, size), MOST);
    assertThat(read(guard, 4_096)).isEqualTo(sent);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7, 100, 5_000})
  void refusesAMessageByItsHeaderAfterAllBeforeIt(int size) throws Exception {
    byte[] before = all(message('R', 4), message('d', 200));
    byte[] large = message('d', MOST + 1);
    MessageGuard guard = new MessageGuard(new Pieces(all(before, large), size), MOST);
    // The driver asks for no more than a header before it makes room for the rest.
    byte[] came = read(guard, 4_096);
    assertThat(came).startsWith(before).hasSizeLessThan(before.length + 5);
    for (int again = 0; again < 2; again++) {
      assertThatThrownBy(() -> guard.read(new byte[8], 0, 8))
          .isInstanceOfSatisfying(
              OversizedMessage.class,
              refused -> {
                assertThat(refused.bytes()).isEqualTo(MOST + 1);
                assertThat(refused.beginning())
                    .isEqualTo(java.util.Arrays.copyOfRange(large, 5, large.length));
              })
          .hasMessageContaining("it takes 1001 bytes")
          .hasMessageContaining("-Xmx")
          .hasMessageContaining("taskmanager.memory.task.heap.size");
    }
    assertThat(guard.available()).isPositive();
    assertThat(OversizedMessage.in(new IllegalStateException(new IOException()))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(chars = {'S', 'G', 0x16})
  void doesNotLookIntoWhatIsEncrypted(char yes) throws Exception {
    byte[] sent = all(new byte[] {(byte) yes}, message('d', MOST + 1));
    assertThat(read(new MessageGuard(new ByteArrayInputStream(sent), MOST), 64)).isEqualTo(sent);
  }

  /** As a server that cannot fork says it, and whoever is no server at all. */
  @ParameterizedTest
  @ValueSource(strings = {"Ecould not fork new process", "HTTP/1.1 503 Service Unavailable"})
  void leavesWhatIsNotTheProtocolToTheDriver(String said) throws Exception {
    byte[] sent = said.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    assertThat(read(new MessageGuard(new ByteArrayInputStream(sent), MOST), 64)).isEqualTo(sent);
  }

  @Test
  void endsWhereItsSourceEndsInTheMiddleOfWhatIsRefused() throws Exception {
    byte[] cut = java.util.Arrays.copyOf(message('d', MOST + 1), 20);
    MessageGuard guard = new MessageGuard(new ByteArrayInputStream(cut), MOST);
    assertThatThrownBy(() -> guard.read(new byte[64], 0, 64))
        .isInstanceOfSatisfying(
            OversizedMessage.class, refused -> assertThat(refused.beginning()).hasSize(15));
  }
}
