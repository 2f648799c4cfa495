package io.tidemark.database.postgres.session;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Follows the messages that a server sends, and refuses one that this process cannot hold. The
 * driver makes an array for a message as soon as it has read its length; where that does not fit,
 * the virtual machine ends, without a word of what it was that did not.
 *
 * <p>A message is a byte for its kind, its length in four bytes, these included, and its content
 * (PostgreSQL manual, 53.2.1). Before the first one the server may answer with a single byte
 * whether it encrypts (53.2.10, 53.2.11): what comes behind a yes is none of these messages, and
 * passes.
 *
 * <p>Used by one thread.
 */
final class MessageGuard extends InputStream {

  /** What there is of a message on its way, with the next one that is read meanwhile. */
  static final int COPIES = 4;

  /** What the job takes by itself. */
  static final long RESERVED = 64 << 20;

  private static final int HEADER = 5;

  /** A handshake of TLS (RFC 8446, 5.1). */
  private static final byte TLS_RECORD = 0x16;

  private static final long LONGEST_GREETING = 1 << 20;

  /** Of a refused message this much is looked at, for what it is about. */
  private static final int BEGINNING = 64 << 10;

  private static final long BEGINNING_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final InputStream in;
  private final long most;

  /** Whether the server has sent its first message. */
  private boolean speaks;

  /** Whether the server has asked who we are, or said that it knows. */
  private boolean greeted;

  /** Whether what comes is none of the guard's business any more. */
  private boolean encrypted;

  private final byte[] header = new byte[HEADER];
  private int headerBytes;
  private long contentLeft;
  private @Nullable OversizedMessage refused;

  /** With the heap of this process for its limit. */
  MessageGuard(InputStream in) {
    this(in, Math.max(RESERVED, Runtime.getRuntime().maxMemory() - RESERVED) / COPIES);
  }

  /**
   * @param most how many bytes a message may take
   */
  MessageGuard(InputStream in, long most) {
    this.in = in;
    this.most = most;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (refused != null) {
      throw refused;
    }
    int read = in.read(bytes, offset, length);
    return encrypted || read <= 0 ? read : admitted(bytes, offset, read);
  }

  /** How many of the bytes belong to messages that there is room for. */
  private int admitted(byte[] bytes, int offset, int read) throws IOException {
    int end = offset + read;
    int at = offset;
    int headerAt = offset;
    while (at < end) {
      if (contentLeft > 0) {
        int passed = (int) Math.min(contentLeft, end - at);
        contentLeft -= passed;
        at += passed;
      } else if (!speaks && isAnswerAboutEncryption(bytes[at])) {
        if (encrypted) {
          return read;
        }
        at++;
      } else {
        speaks = true;
        headerAt = headerBytes == 0 ? at : headerAt;
        header[headerBytes++] = bytes[at++];
        if (headerBytes == HEADER) {
          headerBytes = 0;
          long content = length(header) - 4;
          greeted |= header[0] == 'R';
          if (!greeted && content > LONGEST_GREETING) {
            // Not the protocol: let the driver say so.
            encrypted = true;
            return read;
          }
          if (content > most) {
            refused = refusal(content, bytes, at, end);
            if (headerAt > offset) {
              return headerAt - offset;
            }
            throw refused;
          }
          contentLeft = Math.max(0, content);
        }
      }
    }
    return read;
  }

  /**
   * The first message of a server is of another kind, a notice apart, which none sends so early.
   * One that was not asked may begin with TLS at once (PostgreSQL manual, 53.2.10).
   */
  private boolean isAnswerAboutEncryption(byte first) {
    encrypted = first == 'S' || first == 'G' || first == TLS_RECORD;
    return encrypted || first == 'N';
  }

  private static long length(byte[] header) {
    return (header[1] & 0xFFL) << 24
        | (header[2] & 0xFF) << 16
        | (header[3] & 0xFF) << 8
        | header[4] & 0xFF;
  }

  private OversizedMessage refusal(long content, byte[] bytes, int from, int end)
      throws IOException {
    byte[] beginning = Arrays.copyOfRange(bytes, from, (int) Math.min(end, from + content));
    int known = beginning.length;
    beginning = Arrays.copyOf(beginning, (int) Math.max(known, Math.min(content, BEGINNING)));
    long deadline = System.nanoTime() + BEGINNING_NANOS;
    while (known < beginning.length && System.nanoTime() < deadline) {
      try {
        int more = in.read(beginning, known, beginning.length - known);
        if (more < 0) {
          break;
        }
        known += more;
      } catch (SocketTimeoutException e) {
        // It is on its way: the server sends a message whole.
        continue;
      }
    }
    return new OversizedMessage(content, Arrays.copyOf(beginning, known));
  }

  @Override
  public int available() throws IOException {
    return refused != null ? 1 : in.available();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
