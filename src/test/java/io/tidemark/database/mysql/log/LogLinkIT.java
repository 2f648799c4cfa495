package io.tidemark.database.mysql.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.LogReader;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.StreamLocks;
import io.tidemark.database.mysql.session.StreamSource;
import io.tidemark.database.mysql.wire.BinlogConnection;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.ServerOrder;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.SourceSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What becomes of the log when the link breaks, the reader waits or the server goes away. */
class LogLinkIT {

  private static LogServer server;

  @BeforeAll
  static void start(@MySql MySqlServer lent) throws SQLException {
    server = new LogServer(lent);
  }

  private static void killDumps(LogServer at) throws InterruptedException {
    try (MySqlQueries queries = at.queries()) {
      List<Long> dumps =
          queries.list(
              "dumps",
              "SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'",
              row -> row.getLong(1));
      assertThat(dumps).isNotEmpty();
      for (long dump : dumps) {
        try {
          queries.execute("killing", "KILL " + dump);
        } catch (DatabaseException e) {
          // A reader looks now and then whether the log is still the same, through a dump of its
          // own.
          if (!e.getMessage().contains("Unknown thread id")) {
            throw e;
          }
        }
      }
    }
  }

  private static void fill(String table, int rows, int bytes) throws SQLException {
    try (Connection connection = server.connect()) {
      connection.setAutoCommit(false);
      try (PreparedStatement insert =
          connection.prepareStatement("INSERT INTO " + table + " VALUES (?, REPEAT('x', ?))")) {
        for (int i = 0; i < rows; i++) {
          insert.setInt(1, i);
          insert.setInt(2, bytes);
          insert.executeUpdate();
        }
      }
      connection.commit();
    }
  }

  @Test
  void aBrokenLinkIsOpenedAgainBehindTheLastTransaction() throws Exception {
    try (MySqlServer own = (MySqlServer) ServerOrder.mySql(MySqlVendor.MYSQL).start()) {
      LogServer link = new LogServer(own);
      link.execute("CREATE TABLE l (id INT PRIMARY KEY)");
      try (LogReader log = link.open(link.source("l"), link.now())) {
        for (int i = 0; i < 5; i++) {
          link.execute("INSERT INTO l VALUES (" + i + ")");
          assertThat(LogTranscript.next(log).changes()).containsExactly("insert (" + i + ")");
          if (i % 2 == 0) {
            killDumps(link);
          }
        }
        link.execute("INSERT INTO l VALUES (10)");
        own.crash();
        link.execute("INSERT INTO l VALUES (11)");
        assertThat(LogTranscript.next(log).changes()).containsExactly("insert (10)");
        assertThat(LogTranscript.next(log).changes()).containsExactly("insert (11)");
      }
    }
  }

  /** A file that is being read is not purged: only a reader that lost its link can be overtaken. */
  @Test
  void aPurgeThatOvertakesAReaderIsAnErrorAndNoGap() throws Exception {
    server.execute("CREATE TABLE overtaken (id INT PRIMARY KEY)");
    try (LogReader log = server.open(server.source("overtaken"), server.now())) {
      server.execute("INSERT INTO overtaken VALUES (1)");
      assertThat(LogTranscript.next(log).changes()).containsExactly("insert (1)");
      killDumps(server);
      server.execute(
          "INSERT INTO overtaken VALUES (2)",
          "FLUSH BINARY LOGS",
          "INSERT INTO overtaken VALUES (3)");
      server.purge();
      assertThatThrownBy(() -> LogTranscript.next(log))
          .isInstanceOfSatisfying(
              DatabaseException.class,
              failure -> {
                assertThat(failure.kind()).isEqualTo(Kind.FATAL);
                assertThat(failure.getMessage()).contains("purged", "./tidemark drop");
              });
    }
  }

  @Test
  void halfATransactionIsNeverDeliveredTwice() throws Exception {
    server.execute("CREATE TABLE half (id INT PRIMARY KEY, a LONGTEXT)");
    MySqlSource source = server.source("half");
    BinlogPosition from = server.now();
    fill("half", 400, 100_000);
    try (LogReader log = server.open(source, from)) {
      assertThat(log.poll(Duration.ofSeconds(20)).orElseThrow())
          .isInstanceOf(LogReader.Begin.class);
      assertThat(log.poll(Duration.ofSeconds(20)).orElseThrow())
          .isInstanceOf(LogReader.Changes.class);
      killDumps(server);
      assertThatThrownBy(
              () -> {
                while (!(log.poll(Duration.ofSeconds(20)).orElseThrow()
                    instanceof LogReader.Commit)) {
                  // The pieces that had come before the link broke.
                  continue;
                }
              })
          .isInstanceOfSatisfying(
              DatabaseException.class,
              failure -> assertThat(failure.kind()).isEqualTo(Kind.RETRYABLE));
    }
    assertThat(SameTransactions.read(server, source, from).get(0)).hasSize(400);
  }

  /** Rows of 20 MB, and transactions of many more rows than wait at once. */
  @Test
  void aTransactionLargerThanMemoryComesInPieces() throws Exception {
    server.execute(
        "CREATE TABLE large (id INT PRIMARY KEY, a LONGTEXT)",
        "SET GLOBAL max_allowed_packet = 1073741824");
    MySqlSource source = server.source("large");
    BinlogPosition from = server.now();
    fill("large", 1, 20_000_000);
    fillMany();
    try (LogReader log = server.open(source, from)) {
      assertThat(LogTranscript.next(log).changes().get(0)).hasSizeGreaterThan(20_000_000);
      int changes = 0;
      int pieces = 0;
      while (true) {
        LogReader.Message message = log.poll(Duration.ofSeconds(20)).orElseThrow();
        if (message instanceof LogReader.Changes piece) {
          changes += piece.changes().size();
          pieces++;
        } else if (message instanceof LogReader.Commit) {
          break;
        }
      }
      assertThat(changes).isEqualTo(4_000);
      assertThat(pieces).isGreaterThan(40);
    }
  }

  private static void fillMany() throws SQLException {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SET SESSION cte_max_recursion_depth = 100000");
      statement.execute(
          "INSERT INTO large WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n"
              + " WHERE i < 4999) SELECT i, REPEAT('y', 15000) FROM n");
    }
  }

  @Test
  void aHoldLosesNothing() throws Exception {
    server.execute("CREATE TABLE h (id INT PRIMARY KEY, a LONGTEXT)");
    // As short as it can be: the reader asks for more.
    server.execute("SET GLOBAL net_write_timeout = 1");
    try (LogReader log = server.open(server.source("h"), server.now())) {
      fill("h", 300, 200_000);
      assertThat(log.poll(Duration.ofSeconds(20)).orElseThrow())
          .isInstanceOf(LogReader.Begin.class);
      TimeUnit.SECONDS.sleep(4); // the time itself is what is tested
      log.keepAlive();
      int changes = 0;
      Optional<LogReader.Message> message = log.poll(Duration.ofSeconds(20));
      while (message.orElseThrow() instanceof LogReader.Changes piece) {
        changes += piece.changes().size();
        message = log.poll(Duration.ofSeconds(20));
      }
      assertThat(changes).isEqualTo(300);
    } finally {
      server.execute("SET GLOBAL net_write_timeout = 60");
    }
  }

  @Test
  void anotherThreadMayCloseIt() throws Exception {
    server.execute("CREATE TABLE c (id INT PRIMARY KEY)");
    LogReader log = server.open(server.source("c"), server.now());
    Thread closer =
        new Thread(
            () -> {
              try {
                TimeUnit.MILLISECONDS.sleep(300);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              log.close();
            });
    closer.start();
    long start = System.nanoTime();
    assertThatThrownBy(
            () -> {
              while (true) {
                log.poll(Duration.ofSeconds(60));
              }
            })
        .isInstanceOf(DatabaseException.class);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    closer.join();
  }

  @Test
  void theLinkIsSecuredAsTheUrlSays() throws Exception {
    server.execute("CREATE TABLE tls (id INT PRIMARY KEY AUTO_INCREMENT)");
    Path folder;
    try (MySqlQueries queries = server.queries()) {
      String named = queries.one("folder", "SELECT @@datadir", row -> row.getString(1));
      folder = Path.of(named);
    }
    Path store = Files.createTempFile("trust", ".p12");
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    try (InputStream in = Files.newInputStream(folder.resolve("ca.pem"))) {
      trusted.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    try (OutputStream out = Files.newOutputStream(store)) {
      trusted.store(out, "secret".toCharArray());
    }
    String trust =
        "&trustCertificateKeyStoreUrl="
            + store.toUri()
            + "&trustCertificateKeyStoreType=PKCS12&trustCertificateKeyStorePassword=secret";
    // FLUSH PRIVILEGES empties the server's cache of passwords: the long way is taken.
    server.execute("FLUSH PRIVILEGES");
    readsOver("?sslMode=DISABLED&allowPublicKeyRetrieval=true", "");
    server.execute("FLUSH PRIVILEGES");
    readsOver("?sslMode=REQUIRED", "TLS");
    readsOver("?sslMode=VERIFY_CA" + trust, "TLS");
    assertThatThrownBy(() -> readsOver("?sslMode=VERIFY_CA", "TLS"))
        .isInstanceOf(DatabaseException.class);
    assertThatThrownBy(() -> readsOver("?sslMode=VERIFY_IDENTITY" + trust, "TLS"))
        .isInstanceOf(DatabaseException.class);
    for (String parameters : List.of("?sslMode=VERIFY_CA", "?sslMode=VERIFY_IDENTITY" + trust)) {
      assertThatThrownBy(() -> BinlogConnection.open(spec(parameters)).close())
          .isInstanceOf(IOException.class);
    }
  }

  private static ConnectionSpec spec(String parameters) {
    ConnectionSpec plain = server.server().spec("db");
    return new ConnectionSpec(plain.url() + parameters, plain.user(), plain.password());
  }

  private static void readsOver(String parameters, String protocol) throws Exception {
    MySqlSource plain = server.source("tls");
    MySqlSource source =
        new MySqlSource(
            spec(parameters),
            plain.own().stream(),
            plain.own().selection(),
            SourceSettings.DEFAULT);
    try (LogReader log = server.open(source, server.now());
        MySqlQueries queries = server.queries()) {
      server.execute("INSERT INTO tls VALUES (NULL)");
      assertThat(LogTranscript.next(log).changes()).hasSize(1);
      List<String> versions =
          queries.list(
              "protocols",
              "SELECT coalesce(s.VARIABLE_VALUE, '') FROM performance_schema.threads AS t JOIN"
                  + " performance_schema.status_by_thread AS s USING (THREAD_ID) WHERE"
                  + " t.PROCESSLIST_COMMAND LIKE 'Binlog Dump%' AND s.VARIABLE_NAME ="
                  + " 'Ssl_version'",
              row -> row.getString(1));
      assertThat(versions).isNotEmpty().last().asString().startsWith(protocol);
    }
  }

  @Test
  void manyReadersHaveServerIdsOfTheirOwn() throws Exception {
    server.execute("CREATE TABLE ids (id INT PRIMARY KEY)");
    MySqlSource source = server.source("ids");
    BinlogPosition from = server.now();
    try (LogReader one = server.open(source, from);
        LogReader two = server.open(source, from);
        LogReader three = server.open(source, from);
        MySqlQueries queries = server.queries()) {
      List<Long> ids = queries.list("ids", "SHOW REPLICAS", row -> row.getLong(1));
      assertThat(ids).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(3);
      server.execute("INSERT INTO ids VALUES (1)");
      assertThat(new StreamLocks(queries, "s", 0).others())
          .filteredOn(holder -> holder.role() == StreamSource.Role.LOG)
          .hasSize(3);
      for (LogReader log : List.of(one, two, three)) {
        assertThat(LogTranscript.next(log).changes()).containsExactly("insert (1)");
      }
    }
  }
}
