package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.MySqlTarget;
import io.tidemark.endtoend.fixture.Passage;
import io.tidemark.job.Databases;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.ServerOrder;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A copy between accounts that the servers let in over TLS only. */
class TlsIT {

  private static final String PASSWORD = "changeit";

  @TempDir private static Path folder;

  /** Snapshot, log and target alike: an account that requires TLS has no other session. */
  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void everySessionIsEncryptedAndTheServerIsVerified(MySqlVendor vendor) throws Exception {
    Path store = certificate(vendor.name());
    Path stranger = certificate(vendor.name() + "-stranger");
    String[] settings = {
      "ssl_cert=" + folder.resolve(vendor + ".crt"),
      "ssl_key=" + folder.resolve(vendor + ".key"),
      "ssl_ca=" + folder.resolve(vendor + ".crt")
    };
    // Of its own: its certificates end with the test.
    try (MySqlServer server = (MySqlServer) ServerOrder.mySql(vendor, settings).start()) {
      server.createDatabase("a");
      server.createDatabase("b");
      server.execute(
          "a",
          "CREATE USER 'secure'@'%' IDENTIFIED BY 'secret' REQUIRE SSL",
          "GRANT ALL ON *.* TO 'secure'@'%'",
          "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(9))",
          "INSERT INTO t VALUES (1, 'one')");
      String verified = "?sslMode=VERIFY_IDENTITY&allowLoadLocalInfile=true" + trusting(store);
      Selection selection = new Selection(List.of("a.*"), Map.of(), Map.of());
      Renaming renaming = new Renaming(Map.of(), Map.of("a", "b"));
      Passage passage =
          new Passage(
              source(spec(server, "a", verified), selection),
              new MySqlTarget(spec(server, "b", verified), "tls", renaming, OnBadValue.ERROR));
      server.execute("a", "INSERT INTO t VALUES (2, 'two')");
      passage.follow().finish();
      var report =
          Databases.compare(
              spec(server, "a", verified), spec(server, "b", verified), selection, renaming);
      assertThat(report.findings()).isEmpty();
      assertThat(report.sourceRows()).isEqualTo(2);

      for (String refused :
          List.of(
              "?sslMode=DISABLED&allowPublicKeyRetrieval=true",
              "?sslMode=VERIFY_CA" + trusting(stranger))) {
        assertThatThrownBy(() -> source(spec(server, "a", refused), selection).describe())
            .isInstanceOf(DatabaseException.class);
      }
    }
  }

  private static MySqlSource source(ConnectionSpec spec, Selection selection) {
    return new MySqlSource(spec, "tls", selection, SourceSettings.DEFAULT);
  }

  private static ConnectionSpec spec(MySqlServer server, String database, String parameters) {
    return new ConnectionSpec(
        "jdbc:mysql://127.0.0.1:" + server.port() + "/" + database + parameters,
        "secure",
        "secret");
  }

  private static String trusting(Path store) {
    return "&trustCertificateKeyStoreType=PKCS12&trustCertificateKeyStoreUrl="
        + store.toUri()
        + "&trustCertificateKeyStorePassword="
        + PASSWORD;
  }

  /** A certificate of its own: as files for the server, and as the store that trusts it. */
  private static Path certificate(String name) throws Exception {
    Path keys = folder.resolve(name + "-keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "RSA",
                "-keysize",
                "2048",
                "-dname",
                "CN=127.0.0.1",
                "-ext",
                "san=ip:127.0.0.1",
                "-validity",
                "30",
                "-storetype",
                "PKCS12",
                "-keystore",
                keys.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(keytool.waitFor(60, TimeUnit.SECONDS) && keytool.exitValue() == 0).as(said).isTrue();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, PASSWORD.toCharArray());
    }
    pem(name + ".crt", "CERTIFICATE", store.getCertificate("server").getEncoded());
    pem(name + ".key", "PRIVATE KEY", store.getKey("server", PASSWORD.toCharArray()).getEncoded());
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("server", store.getCertificate("server"));
    Path file = folder.resolve(name + "-trust.p12");
    try (var out = Files.newOutputStream(file)) {
      trusted.store(out, PASSWORD.toCharArray());
    }
    return file;
  }

  private static void pem(String file, String label, byte[] bytes) throws Exception {
    Files.writeString(
        folder.resolve(file),
        "-----BEGIN "
            + label
            + "-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
            + "\n-----END "
            + label
            + "-----\n");
  }
}
