package io.tidemark.database.mysql.wire;

import com.github.shyiko.mysql.binlog.network.protocol.command.ByteArrayCommand;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.position.BinlogPlace;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.database.mysql.position.GtidSet;
import io.tidemark.database.mysql.position.MariaDbGtidList;
import io.tidemark.database.mysql.session.MySqlErrors;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.ServerVersion;
import io.tidemark.database.mysql.session.StreamLocks;
import io.tidemark.database.mysql.session.StreamSource;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.StreamNames;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Asks a server for its log behind a position, as a replica does (MySQL internals, "Replication
 * Protocol"; MariaDB documentation, "Replication Protocol").
 */
public final class BinlogDump {

  private static final Duration HEARTBEAT = Duration.ofSeconds(1);

  /** The longest the server allows: it must not end a dump because the job holds. */
  private static final int PATIENCE_SECONDS = 31_536_000;

  private static final int REGISTER_REPLICA = 0x15;
  private static final int DUMP = 0x12;
  private static final int DUMP_GTID = 0x1e;

  private static final long FIRST_OFFSET = 4;
  private static final long LARGEST_OFFSET = 0xffff_ffffL;

  /** Where server ids are chosen, far from those that people give. */
  private static final long LOWEST_ID = 0x8000_0000L;

  private static final long HIGHEST_ID = 0xffff_fffeL;

  private final ConnectionSpec spec;
  private final String stream;
  private final long epoch;

  /**
   * Opens no connection yet.
   *
   * @param epoch under which the stream was claimed
   */
  public BinlogDump(ConnectionSpec spec, String stream, long epoch) {
    this.spec = spec;
    this.stream = stream;
    this.epoch = epoch;
  }

  /**
   * Opens a connection on which events come, the first of the first transaction after {@code from}.
   */
  public BinlogConnection open(BinlogPosition from, Set<Long> takenIds) throws IOException {
    BinlogConnection connection = BinlogConnection.open(spec);
    try {
      prepare(connection);
      mark(connection);
      long id = freeId(takenIds);
      connection.command(register(id));
      connection.startDump(new ByteArrayCommand(dump(connection, id, from)));
      return connection;
    } catch (IOException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private static void prepare(BinlogConnection connection) throws IOException {
    // Both names: the second is the one since MySQL 8.0.26.
    String id = UUID.randomUUID().toString();
    connection.execute(
        "SET @master_binlog_checksum = @@global.binlog_checksum,"
            + " @source_binlog_checksum = @@global.binlog_checksum,"
            + (" @master_heartbeat_period = " + HEARTBEAT.toNanos() + ",")
            + (" @source_heartbeat_period = " + HEARTBEAT.toNanos() + ",")
            + (" @slave_uuid = '" + id + "', @replica_uuid = '" + id + "',")
            + (" @mariadb_slave_capability = 4,")
            + (" net_write_timeout = " + PATIENCE_SECONDS)
            + (", net_read_timeout = " + PATIENCE_SECONDS)
            + (", wait_timeout = " + PATIENCE_SECONDS));
  }

  /** So that a later epoch can find and end it, as {@link StreamLocks} says. */
  private void mark(BinlogConnection connection) throws IOException {
    for (StreamLocks.Mark mark : StreamLocks.marks(stream, epoch, StreamSource.Role.LOG)) {
      if (isTaken(connection, mark.owner()) && isTaken(connection, mark.lock())) {
        return;
      }
    }
  }

  private static boolean isTaken(BinlogConnection connection, String lock) throws IOException {
    return connection.value(StreamLocks.take(lock)).filter("1"::equals).isPresent();
  }

  /**
   * The ids that other replicas have, and the server itself. MariaDB shows replicas to
   * administrators only; for others chance alone has to keep the ids apart, which among thousands
   * of millions it does.
   */
  public static Set<Long> takenIds(MySqlQueries queries) {
    Set<Long> taken = new HashSet<>();
    taken.add(queries.one("asking for the server's id", "SELECT @@server_id", r -> r.getLong(1)));
    ServerVersion version = queries.version();
    boolean replicas = !version.isMariaDb() && version.isAtLeast(8, 1);
    try {
      taken.addAll(
          queries.list(
              "asking for the source's replicas (this needs REPLICATION SLAVE)",
              replicas ? "SHOW REPLICAS" : "SHOW SLAVE HOSTS",
              row -> row.getLong(1)));
    } catch (DatabaseException e) {
      if (!version.isMariaDb() || !MySqlErrors.isAccessDenied(e)) {
        throw e;
      }
    }
    return taken;
  }

  private static long freeId(Set<Long> taken) {
    long id;
    do {
      id = ThreadLocalRandom.current().nextLong(LOWEST_ID, HIGHEST_ID);
    } while (taken.contains(id));
    return id;
  }

  /** The name is what {@code SHOW REPLICAS} shows as the replica's host. */
  private byte[] register(long id) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(REGISTER_REPLICA);
    number(out, id, 4);
    byte[] name = (StreamNames.sessionPrefix(stream) + epoch).getBytes(StandardCharsets.UTF_8);
    int length = Math.min(name.length, 60);
    out.write(length);
    out.write(name, 0, length);
    out.write(0); // no user
    out.write(0); // no password
    number(out, 0, 2); // no port
    number(out, 0, 4); // rank, unused
    number(out, 0, 4); // the source's id, unused
    return out.toByteArray();
  }

  private static byte[] dump(BinlogConnection connection, long id, BinlogPosition from)
      throws IOException {
    if (from.executed() instanceof GtidSet set) {
      return dumpByGtid(id, set);
    }
    if (from.executed() instanceof MariaDbGtidList list) {
      connection.execute(
          "SET @slave_connect_state = '"
              + list.print()
              + "', @slave_gtid_strict_mode = 1, @slave_gtid_ignore_duplicates = 0");
      return dumpFrom(id, "", FIRST_OFFSET);
    }
    BinlogPlace place = (BinlogPlace) from.executed();
    return dumpFrom(id, place.file(), Math.max(FIRST_OFFSET, place.offset()));
  }

  private static byte[] dumpFrom(long id, String file, long offset) {
    if (offset > LARGEST_OFFSET) {
      throw new DatabaseException(
          Kind.FATAL,
          "a server without GTIDs cannot be asked for its log from "
              + file
              + ":"
              + offset
              + " on, behind four gigabytes. Drop the stream with ./tidemark drop and copy again");
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(DUMP);
    number(out, offset, 4);
    number(out, 0, 2); // flags: wait for more at the end
    number(out, id, 4);
    out.writeBytes(file.getBytes(StandardCharsets.UTF_8));
    return out.toByteArray();
  }

  private static byte[] dumpByGtid(long id, GtidSet set) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(DUMP_GTID);
    number(out, 4, 2); // flag: what follows the file is a GTID set
    number(out, id, 4);
    number(out, 0, 4); // no file
    number(out, FIRST_OFFSET, 8);
    byte[] encoded = encode(set);
    number(out, encoded.length, 4);
    out.writeBytes(encoded);
    return out.toByteArray();
  }

  /**
   * As {@code Gtid_set::encode}. With tags (MySQL 8.3) the count has a one in its first and last
   * byte, and each UUID is followed by its tag, which has its length in front, times two.
   */
  static byte[] encode(GtidSet set) {
    boolean tagged = set.origins().stream().anyMatch(origin -> !origin.tag().isEmpty());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    long count = set.origins().size();
    number(out, tagged ? 1L << 56 | count << 8 | 1 : count, 8);
    for (GtidSet.Origin origin : set.origins()) {
      bigEndian(out, origin.source().getMostSignificantBits());
      bigEndian(out, origin.source().getLeastSignificantBits());
      if (tagged) {
        out.write(origin.tag().length() << 1);
        out.writeBytes(origin.tag().getBytes(StandardCharsets.US_ASCII));
      }
      number(out, set.intervalCount(origin), 8);
      set.forEachInterval(
          origin,
          (first, last) -> {
            number(out, first, 8);
            number(out, last + 1, 8);
          });
    }
    return out.toByteArray();
  }

  private static void number(ByteArrayOutputStream out, long value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      out.write((int) (value >>> 8 * i));
    }
  }

  private static void bigEndian(ByteArrayOutputStream out, long value) {
    for (int i = 56; i >= 0; i -= 8) {
      out.write((int) (value >>> i));
    }
  }
}
