package io.tidemark.database.mysql.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.LogReader;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.database.mysql.rows.DefaultRows;
import io.tidemark.database.mysql.rows.LoggedTable;
import io.tidemark.database.mysql.rows.LoggedTables;
import io.tidemark.database.mysql.session.EventBytes;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.StreamSource;
import io.tidemark.database.mysql.wire.BinlogConnection;
import io.tidemark.database.mysql.wire.BinlogDump;
import io.tidemark.database.mysql.wire.BinlogEvent;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.schema.TableId;
import io.tidemark.settings.SourceSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/** Events of a real server with bytes changed: refused or read, at once and in little memory. */
class LogFuzzIT {

  private static final int ROUNDS = 4_000;
  private static final int CHECKSUM = 4;

  private record Recording(
      List<byte[]> events, Map<TableId, LoggedTable> tables, BinlogPosition from) {}

  private static byte[] copy(EventBytes event) {
    return Arrays.copyOfRange(
        event.array(), event.position(), event.position() + event.remaining());
  }

  private static Recording record(LogServer server, String... statements)
      throws SQLException, IOException {
    MySqlSource source = server.source("t*");
    BinlogPosition from = server.now();
    server.execute(statements);
    try (MySqlQueries queries = server.queries()) {
      Map<TableId, LoggedTable> tables =
          LoggedTables.read(queries, source.own().selection(), server.tables(source));
      List<byte[]> events = new ArrayList<>();
      Set<Long> taken = BinlogDump.takenIds(queries);
      BinlogDump dump = new BinlogDump(source.own().connection(), "s", 1);
      try (BinlogConnection connection = dump.open(from, taken)) {
        boolean between = false;
        while (!between || !transactions(tables, from, events).position().covers(server.now())) {
          events.add(copy(connection.readEvent()));
          between = transactions(tables, from, events).isBetween();
        }
      }
      return new Recording(events, tables, from);
    }
  }

  private static LogTransactions transactions(
      Map<TableId, LoggedTable> tables, BinlogPosition from, List<byte[]> events) {
    LogTransactions transactions =
        new LogTransactions(
            tables,
            new LogRules(false, Optional.empty(), UpdateCascades.NONE),
            SourceSettings.DEFAULT,
            new DefaultRows(
                new StreamSource(
                    new io.tidemark.settings.ConnectionSpec("jdbc:mysql://127.0.0.1:1/x", "u", ""),
                    "s",
                    new io.tidemark.settings.Selection(List.of("*"), Map.of(), Map.of()),
                    SourceSettings.DEFAULT),
                1,
                tables),
            Backlog.UNALTERED,
            from);
    for (byte[] event : events) {
      transactions.take(new EventBytes(event, 0, event.length));
    }
    return transactions;
  }

  private static byte[] damaged(byte[] event, Random random) {
    byte[] damaged = event.clone();
    int body = BinlogEvent.HEADER;
    int length = Math.max(1, event.length - body - CHECKSUM);
    switch (random.nextInt(4)) {
      case 0 -> damaged[body + random.nextInt(length)] = (byte) random.nextInt(256);
      case 1 -> {
        int at = body + random.nextInt(length);
        Arrays.fill(damaged, at, Math.min(at + 8, damaged.length), (byte) 0xff);
      }
      case 2 -> {
        for (int i = 0; i < 10; i++) {
          damaged[body + random.nextInt(length)] ^= (byte) (1 << random.nextInt(8));
        }
      }
      default -> {
        int kept = body + random.nextInt(length);
        damaged = Arrays.copyOf(event, kept + CHECKSUM);
        ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN).putInt(9, damaged.length);
      }
    }
    CRC32 crc = new CRC32();
    crc.update(damaged, 0, damaged.length - CHECKSUM);
    ByteBuffer.wrap(damaged)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(damaged.length - CHECKSUM, (int) crc.getValue());
    return damaged;
  }

  @Test
  void damagedEventsAreRefusedOrReadAtOnce(@MySql MySqlServer lent) throws Exception {
    LogServer server = new LogServer(lent);
    server.execute(
        "CREATE TABLE t1 (id INT PRIMARY KEY, a DECIMAL(20,5), b VARCHAR(300), c DATETIME(6),"
            + " d TIME(3), e JSON, f BIT(13), g ENUM('a','b'), h SET('x','y'), i CHAR(3),"
            + " j BINARY(4), k DOUBLE, l LONGBLOB, m POINT, n TIMESTAMP(2) NULL, o YEAR)");
    String row =
        "(%d, -12.5, REPEAT('é', 20), '2024-01-02 03:04:05.678901', '-12:13:14.5',"
            + " '{\"a\": [1, 2.5, \"x\", {\"b\": null}], \"long\": 12345678901}', b'1010', 'b',"
            + " 'x,y', 'abc', 'ab', 1.5, REPEAT('z', 500), ST_GeomFromText('POINT(1 2)'),"
            + " '2024-01-01 00:00:00.12', 1999)";
    server.execute("SET GLOBAL binlog_row_value_options = 'PARTIAL_JSON'");
    Recording recording =
        record(
            server,
            "INSERT INTO t1 VALUES " + String.format(row, 1) + ", " + String.format(row, 2),
            "UPDATE t1 SET e = JSON_SET(e, '$.long', 7), b = NULL",
            "SET gtid_next = 'AUTOMATIC:tag'",
            "SET GLOBAL binlog_transaction_compression = ON",
            "UPDATE t1 SET a = a + 1",
            "DELETE FROM t1");
    int refused = 0;
    int read = 0;
    Random random = new Random(3);
    long start = System.nanoTime();
    for (int round = 0; round < ROUNDS; round++) {
      List<byte[]> events = new ArrayList<>(recording.events());
      int place = random.nextInt(events.size());
      events.set(place, damaged(events.get(place), random));
      try {
        LogTransactions transactions = transactions(recording.tables(), recording.from(), events);
        for (LogReader.Message message : transactions.ready()) {
          touch(message);
        }
        read++;
      } catch (DatabaseException e) {
        assertThat(e.getMessage()).isNotEmpty();
        refused++;
      }
    }
    assertThat(refused).isPositive();
    assertThat(read).isPositive();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMinutes(1));
  }

  private static void touch(LogReader.Message message) {
    if (message instanceof LogReader.Changes piece) {
      for (RowChange change : piece.changes()) {
        assertThat(change.weight()).isLessThan(100_000_000L);
        LogTranscript.print(change);
      }
    }
  }
}
