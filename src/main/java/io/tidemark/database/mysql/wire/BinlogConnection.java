package io.tidemark.database.mysql.wire;

import com.github.shyiko.mysql.binlog.network.Authenticator;
import com.github.shyiko.mysql.binlog.network.ClientCapabilities;
import com.github.shyiko.mysql.binlog.network.protocol.ErrorPacket;
import com.github.shyiko.mysql.binlog.network.protocol.GreetingPacket;
import com.github.shyiko.mysql.binlog.network.protocol.PacketChannel;
import com.github.shyiko.mysql.binlog.network.protocol.command.ByteArrayCommand;
import com.github.shyiko.mysql.binlog.network.protocol.command.Command;
import com.github.shyiko.mysql.binlog.network.protocol.command.QueryCommand;
import com.github.shyiko.mysql.binlog.network.protocol.command.SSLRequestCommand;
import com.mysql.cj.conf.ConnectionUrl;
import com.mysql.cj.conf.HostInfo;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.jdbc.Patience;
import io.tidemark.database.mysql.session.EventBytes;
import io.tidemark.database.mysql.session.MySqlSessions;
import io.tidemark.database.mysql.session.TlsSockets;
import io.tidemark.settings.ConnectionSpec;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLSocket;

/**
 * A connection on which a server sends its binary log, as it does to a replica (MySQL internals,
 * "Replication Protocol"). One thread reads; {@link #close} may come from any.
 */
public final class BinlogConnection implements AutoCloseable {

  private static final int CONNECT_MILLIS = 10_000;

  private static final int NULL_VALUE = 0xfb;
  private static final int LONGEST_PACKET = 0xff_ffff;
  private static final int BUFFER = 1 << 16;

  /** Somewhat above the largest {@code max_allowed_packet}, which limits an event. */
  private static final int LONGEST_EVENT = (1 << 30) + (1 << 20);

  /** An event of rows, the rows as they are read from it, and as they are written to PostgreSQL. */
  private static final int COPIES = 6;

  private static final int FEW_COPIES = 3;

  private final PacketChannel channel;
  private final Socket socket;
  private final GreetingPacket greeting;
  private final InputStream in;

  /** The table that was described last. */
  private String described = "";

  private BinlogConnection(PacketChannel channel, Socket socket, GreetingPacket greeting)
      throws IOException {
    this.channel = channel;
    this.socket = socket;
    this.greeting = greeting;
    this.in = new BufferedInputStream(socket.getInputStream(), BUFFER);
  }

  /**
   * @throws BinlogServerException if the server refuses
   */
  public static BinlogConnection open(ConnectionSpec spec) throws IOException {
    HostInfo server = server(spec);
    Socket plain = new Socket();
    try {
      plain.connect(new InetSocketAddress(server.getHost(), server.getPort()), CONNECT_MILLIS);
      plain.setTcpNoDelay(true);
      Patience.keepAlive(plain);
      // The server sends a heartbeat each second in which it has nothing else.
      plain.setSoTimeout(Math.toIntExact(MySqlSessions.patience(spec).log().toMillis()));
      PacketChannel channel = new PacketChannel(plain);
      GreetingPacket greeting = new GreetingPacket(checked(channel.read()));
      Socket secured = secure(channel, plain, greeting, new TlsSockets(server));
      Authenticator authenticator =
          new Authenticator(greeting, channel, "", spec.user(), spec.password());
      authenticator.authenticate();
      channel.authenticationComplete();
      return new BinlogConnection(channel, secured, greeting);
    } catch (com.github.shyiko.mysql.binlog.network.ServerException e) {
      plain.close();
      throw new BinlogServerException(
          e.getErrorCode(), e.getSqlState(), String.valueOf(e.getMessage()));
    } catch (IOException | RuntimeException e) {
      plain.close();
      throw e;
    }
  }

  private static HostInfo server(ConnectionSpec spec) {
    String url = MySqlSessions.driverUrl(spec.url());
    return ConnectionUrl.getConnectionUrlInstance(url, new Properties()).getMainHost();
  }

  private static Socket secure(
      PacketChannel channel, Socket plain, GreetingPacket greeting, TlsSockets tls)
      throws IOException {
    boolean offered = (greeting.getServerCapabilities() & ClientCapabilities.SSL) != 0;
    if (tls.mode() == TlsSockets.Mode.DISABLED
        || (tls.mode() == TlsSockets.Mode.PREFERRED && !offered)) {
      return plain;
    }
    if (!offered) {
      throw new DatabaseException(
          Kind.FATAL,
          "the source's URL demands TLS (sslMode="
              + tls.mode()
              + "), and its server does not offer it");
    }
    SSLRequestCommand request = new SSLRequestCommand();
    request.setCollation(greeting.getServerCollation());
    channel.write(request);
    AtomicReference<SSLSocket> secured = new AtomicReference<>();
    channel.upgradeToSSL(
        socket -> {
          try {
            secured.set(tls.over(socket));
            return secured.get();
          } catch (IOException e) {
            java.net.SocketException failure = new java.net.SocketException(e.getMessage());
            failure.initCause(e);
            throw failure;
          }
        },
        null);
    return Objects.requireNonNull(secured.get(), "upgraded without a socket");
  }

  boolean isMariaDb() {
    return greeting.getServerVersion().toLowerCase(java.util.Locale.ROOT).contains("mariadb");
  }

  /** Executes a statement that returns no rows. */
  void execute(String sql) throws IOException {
    channel.write(new QueryCommand(sql));
    checked(readPacket());
  }

  /** The only value that a query yields; empty for NULL. */
  Optional<String> value(String sql) throws IOException {
    channel.write(new QueryCommand(sql));
    byte[] count = checked(readPacket());
    if (count.length != 1 || count[0] != 1) {
      throw new IOException("the server answered with other than one column");
    }
    checked(readPacket()); // what the column is called
    checked(readPacket()); // the end of the columns
    byte[] row = checked(readPacket());
    checked(readPacket()); // the end of the rows
    if ((row[0] & 0xff) == NULL_VALUE) {
      return Optional.empty();
    }
    EventBytes in = new EventBytes(row, 0, row.length);
    return Optional.of(in.text(in.packed()));
  }

  /** Sends a command that the server answers with OK. */
  void command(byte[] command) throws IOException {
    channel.write(new ByteArrayCommand(command));
    checked(readPacket());
  }

  /** Sends the command after which the server only sends events. */
  void startDump(Command dump) throws IOException {
    channel.write(dump);
  }

  /**
   * The next event, without what the network protocol puts around it.
   *
   * @throws BinlogServerException if the server ends the dump with an error
   * @throws IOException if the link breaks or nothing comes for too long
   */
  public EventBytes readEvent() throws IOException {
    byte[] packet = checked(readPacket());
    if (packet[0] != 0) {
      throw new EOFException("the server ended the log");
    }
    noteDescription(packet);
    return new EventBytes(packet, 1, packet.length - 1);
  }

  private static byte[] checked(byte[] packet) throws IOException {
    if (packet.length == 0) {
      throw new IOException("the server sent an empty packet");
    }
    if ((packet[0] & 0xff) == 0xff) {
      byte[] body = Arrays.copyOfRange(packet, 1, packet.length);
      ErrorPacket error = new ErrorPacket(body);
      throw new BinlogServerException(
          error.getErrorCode(), error.getSqlState(), error.getErrorMessage());
    }
    return packet;
  }

  /**
   * Parts of the longest possible length are followed by more of the same packet. An event says in
   * its beginning how long it is, so that room for all of it is made once: one of 100 MB that grew
   * part by part would take several times that.
   */
  private byte[] readPacket() throws IOException {
    byte[] packet = new byte[0];
    int filled = 0;
    while (true) {
      byte[] header = readFully(new byte[4], 0, 4);
      int length = header[0] & 0xff | (header[1] & 0xff) << 8 | (header[2] & 0xff) << 16;
      if (filled + (long) length > LONGEST_EVENT) {
        throw new IOException("the server sent an event of more than a gigabyte");
      }
      if (filled + length > packet.length) {
        long announced = filled == 0 ? 0 : 1 + announcedLength(packet);
        requireRoom(announced, filled == 0 ? 0 : packet[1 + 4] & 0xff);
        packet =
            Arrays.copyOf(
                packet, (int) Math.max(filled + length, Math.min(announced, LONGEST_EVENT)));
      }
      readFully(packet, filled, length);
      filled += length;
      if (length < LONGEST_PACKET) {
        return filled == packet.length ? packet : Arrays.copyOf(packet, filled);
      }
    }
  }

  /** Before room is made for it: a virtual machine that has none ends without a word. */
  private void requireRoom(long bytes, int type) {
    // What is unpacked piece by piece, and text, is not copied on the way as rows are.
    boolean isOfRows = type != BinlogEvent.TRANSACTION_PAYLOAD && type != BinlogEvent.QUERY;
    int copies = isOfRows ? COPIES : FEW_COPIES;
    long heap = Runtime.getRuntime().maxMemory();
    if (bytes > heap / copies) {
      long needed = (bytes * copies * 8 / 7 >> 20) + 1;
      throw new DatabaseException(
          Kind.FATAL,
          "reading the source's log failed: an event of "
              + bytes
              + " bytes is too large"
              + (described.isEmpty() || !isOfRows
                  ? ""
                  : " (behind the description of table " + described + ")")
              + ": with its copies on the way it is more than this process can hold, whose heap is "
              + (heap >> 20)
              + " MB; "
              + needed
              + " MB are needed. Nothing is lost, and nothing gets past it: give the process this"
              + " heap and start it again (TIDEMARK_OPTS=-Xmx"
              + needed
              + "m ./tidemark run; in a Flink cluster taskmanager.memory.task.heap.size: "
              + needed
              + "m)");
    }
  }

  /** Keeps which table the rows behind are of (MySQL internals, Table_map_event). */
  private void noteDescription(byte[] packet) {
    EventBytes in = new EventBytes(packet, 1, packet.length - 1);
    if (packet.length > 1 + BinlogEvent.HEADER + 10 && packet[1 + 4] == BinlogEvent.TABLE_MAP) {
      in.skip(BinlogEvent.HEADER + 8L);
      String schema = in.text(in.u8());
      in.skip(1);
      described = schema + "." + in.text(in.u8());
    }
  }

  /** Of the event that starts in the second byte of a packet (MySQL internals, Event Header). */
  private static long announcedLength(byte[] packet) {
    return new EventBytes(packet, 1 + 9, 4).u32();
  }

  private byte[] readFully(byte[] bytes, int offset, int length) throws IOException {
    if (in.readNBytes(bytes, offset, length) < length) {
      throw new EOFException("the server closed the connection");
    }
    return bytes;
  }

  /** Ends the connection at once, without waiting for what the server still wants to send. */
  @Override
  public void close() throws IOException {
    socket.close();
  }
}
