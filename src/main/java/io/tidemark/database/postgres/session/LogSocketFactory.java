package io.tidemark.database.postgres.session;

import io.tidemark.database.jdbc.Patience;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the driver read a log in large pieces. A walsender sends every change by itself
 * (walsender.c: WalSndWriteData), and a reader that keeps up with it is put to sleep and woken
 * again for each of them, which costs both sides more than the change does. So, once pieces that
 * follow each other closely turn out small, the reader stays away for a moment and finds many of
 * them.
 *
 * <p>To a server that is near, the receive buffer is small, too. While it is full, what the server
 * sends gathers on its side (RFC 9293, 3.8.6) and goes out in large segments; otherwise each change
 * makes the way through the network's layers by itself, which in a catch-up doubles what the
 * walsender costs.
 *
 * <p>Public with a public constructor because the driver makes it, by its name.
 */
public final class LogSocketFactory extends KeptSocketFactory {

  /** At a distance this would hold up the log: a buffer's worth arrives in each round trip. */
  private static final int NEAR_BUFFER = 32 << 10;

  /** How often a read that waits looks whether it waits in vain. */
  private static final int LOOK_MILLIS = 1_000;

  /** A round trip, as it is seen in connecting. */
  private static final long NEAR_NANOS = 500_000;

  private final long silenceNanos;

  /** A log that may be silent as long as it likes. */
  public LogSocketFactory() {
    this(String.valueOf(Long.MAX_VALUE));
  }

  /**
   * @param silenceNanos how long nothing may come while something is waited for, in nanoseconds
   */
  public LogSocketFactory(String silenceNanos) {
    this.silenceNanos = Long.parseLong(silenceNanos);
  }

  @Override
  public Socket createSocket() throws IOException {
    Socket socket = new LogSocket(silenceNanos);
    Patience.keepAlive(socket);
    return socket;
  }

  /** One that is silent for too long is broken. */
  private static final class LogSocket extends Socket {
    private final long silenceNanos;
    private volatile int timeOut;
    private @Nullable InputStream input;

    LogSocket(long silenceNanos) {
      this.silenceNanos = silenceNanos;
    }

    /** Without a time-out there is one all the same, so that the silence is seen. */
    @Override
    public void setSoTimeout(int millis) throws SocketException {
      timeOut = millis;
      super.setSoTimeout(millis == 0 ? LOOK_MILLIS : millis);
    }

    @Override
    public int getSoTimeout() {
      return timeOut;
    }

    @Override
    public void connect(SocketAddress address, int timeout) throws IOException {
      long began = System.nanoTime();
      super.connect(address, timeout);
      InetAddress server = getInetAddress();
      boolean here = server != null && server.isLoopbackAddress();
      if (here || System.nanoTime() - began < NEAR_NANOS) {
        setReceiveBufferSize(NEAR_BUFFER);
      }
    }

    @Override
    public InputStream getInputStream() throws IOException {
      InputStream opened = input;
      if (opened == null) {
        opened =
            new MessageGuard(
                new LogInput(super.getInputStream(), silenceNanos, () -> timeOut == 0));
        input = opened;
      }
      return opened;
    }
  }

  /** Reads whatever is there, up to its size. Used by one thread. */
  private static final class LogInput extends InputStream {
    private static final int SIZE = 128 << 10;

    /** A piece as small as this means that no more was there. */
    private static final int LAST = 8 << 10;

    private static final long PAUSE_NANOS = 300_000;

    /** While the log comes in bulk, it is behind, and a moment more does not matter. */
    private static final long BULK_PAUSE_NANOS = 3_000_000;

    private static final long BULK_BYTES_PER_MILLI = 10_000;

    /** Without anything for this long, the log is quiet, and what comes next is read at once. */
    private static final long QUIET_NANOS = 1_000_000;

    /** A few messages, such as a small transaction's, are read at once in any case. */
    private static final int UNPAUSED = 20;

    private final InputStream in;
    private final long silenceNanos;
    private final BooleanSupplier waits;
    private long silentNanos;
    private final byte[] buffer = new byte[SIZE];
    private int at;
    private int end;
    private int closeReads;
    private long pausedAt = System.nanoTime();
    private long takenSince;

    /**
     * @param waits whether a read without an end to its wait is asked for
     */
    LogInput(InputStream in, long silenceNanos, BooleanSupplier waits) {
      this.in = in;
      this.silenceNanos = silenceNanos;
      this.waits = waits;
    }

    @Override
    public int read() throws IOException {
      return fill() ? buffer[at++] & 0xFF : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (!fill()) {
        return -1;
      }
      int taken = Math.min(length, end - at);
      System.arraycopy(buffer, at, bytes, offset, taken);
      at += taken;
      return taken;
    }

    /** A time-out of the socket loses nothing: it comes before anything is taken from it. */
    private boolean fill() throws IOException {
      if (at < end) {
        return true;
      }
      if (end < LAST && closeReads >= UNPAUSED) {
        pause();
      }
      // Only the wait counts: what the reader does with a large piece may take longer.
      long asked = System.nanoTime();
      int read = awaited();
      if (read < 0) {
        return false;
      }
      silentNanos = 0;
      at = 0;
      end = read;
      takenSince += read;
      boolean close = System.nanoTime() - asked < QUIET_NANOS;
      closeReads = close ? Math.min(closeReads + 1, UNPAUSED) : 0;
      return true;
    }

    /** Only waits count as silence: while the job holds, nobody listens. */
    private int awaited() throws IOException {
      while (true) {
        long asked = System.nanoTime();
        try {
          return in.read(buffer);
        } catch (SocketTimeoutException e) {
          silentNanos += System.nanoTime() - asked;
          if (silentNanos > silenceNanos) {
            throw new SocketException(
                "nothing has come from the server for "
                    + TimeUnit.NANOSECONDS.toSeconds(silentNanos)
                    + " s, although it was asked");
          }
          if (!waits.getAsBoolean()) {
            throw e;
          }
        }
      }
    }

    private void pause() {
      long now = System.nanoTime();
      boolean bulk = takenSince * 1_000_000 > BULK_BYTES_PER_MILLI * (now - pausedAt);
      pausedAt = now;
      takenSince = 0;
      // Not in place of a condition: there is none to wait for. An interrupt ends it.
      LockSupport.parkNanos(bulk ? BULK_PAUSE_NANOS : PAUSE_NANOS);
    }

    @Override
    public int available() throws IOException {
      return at < end ? end - at : in.available();
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
