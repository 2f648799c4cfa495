package io.tidemark.database.mysql.session;

import com.mysql.cj.conf.HostInfo;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * TLS over a connection, as the JDBC URL's parameters say it (Connector/J developer guide, "6.9
 * Connecting Securely Using SSL"), so that the log is read under the same terms as everything else.
 */
public final class TlsSockets {

  /** {@code sslMode}, with what older parameters mean in its terms. */
  public enum Mode {
    /** No TLS. */
    DISABLED,
    /** TLS where the server offers it, with whoever answers. */
    PREFERRED,
    /** TLS or nothing, with whoever answers. */
    REQUIRED,
    /** The server's certificate must be vouched for by an authority that is trusted. */
    VERIFY_CA,
    /** It must bear the name of the host, too. */
    VERIFY_IDENTITY
  }

  private final HostInfo server;
  private final Mode mode;

  /**
   * @param server with the URL's parameters; their names count in any case
   * @throws IllegalArgumentException if {@code sslMode} is none of the {@link Mode}s
   */
  public TlsSockets(HostInfo server) {
    this.server = server;
    this.mode = mode(server.getHostProperties());
  }

  /** What the URL asks for. */
  public Mode mode() {
    return mode;
  }

  private static Mode mode(Map<String, String> parameters) {
    String mode = parameter(parameters, "sslMode", "");
    if (!mode.isEmpty()) {
      return Arrays.stream(Mode.values())
          .filter(known -> known.name().equalsIgnoreCase(mode.replace('-', '_')))
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "sslMode of the source's URL is none of " + Arrays.toString(Mode.values())));
    }
    if (parameter(parameters, "useSSL", "true").equalsIgnoreCase("false")) {
      return Mode.DISABLED;
    }
    if (parameter(parameters, "verifyServerCertificate", "false").equalsIgnoreCase("true")) {
      return Mode.VERIFY_CA;
    }
    return parameter(parameters, "requireSSL", "false").equalsIgnoreCase("true")
        ? Mode.REQUIRED
        : Mode.PREFERRED;
  }

  private static String parameter(Map<String, String> parameters, String name, String otherwise) {
    return parameters.entrySet().stream()
        .filter(entry -> entry.getKey().toLowerCase(Locale.ROOT).equals(lower(name)))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(otherwise);
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  private String parameter(String name, String otherwise) {
    return parameter(server.getHostProperties(), name, otherwise);
  }

  /**
   * Lays TLS over a connection. The handshake comes with the first bytes; closing the one closes
   * the other.
   *
   * @throws IOException if TLS cannot be set up, as with a key store that cannot be read
   */
  public SSLSocket over(Socket plain) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys(), trust(), null);
      SSLSocket secured =
          (SSLSocket)
              context
                  .getSocketFactory()
                  .createSocket(plain, server.getHost(), server.getPort(), true);
      String versions = parameter("tlsVersions", parameter("enabledTLSProtocols", ""));
      if (!versions.isEmpty()) {
        secured.setEnabledProtocols(versions.trim().split("\\s*,\\s*", -1));
      }
      if (mode == Mode.VERIFY_IDENTITY) {
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
      }
      return secured;
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS with the source cannot be set up: " + e.getMessage(), e);
    }
  }

  private KeyManager[] keys() throws GeneralSecurityException, IOException {
    String url = parameter("clientCertificateKeyStoreUrl", "");
    if (url.isEmpty()) {
      return new KeyManager[0];
    }
    char[] password = parameter("clientCertificateKeyStorePassword", "").toCharArray();
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(load(url, parameter("clientCertificateKeyStoreType", "JKS"), password), password);
    return factory.getKeyManagers();
  }

  private TrustManager[] trust() throws GeneralSecurityException, IOException {
    if (mode == Mode.PREFERRED || mode == Mode.REQUIRED) {
      return new TrustManager[] {new AnyCertificate()};
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    String url = parameter("trustCertificateKeyStoreUrl", "");
    char[] password = parameter("trustCertificateKeyStorePassword", "").toCharArray();
    // Without a key store of the URL's own, those that this Java trusts.
    factory.init(
        url.isEmpty()
            ? null
            : load(url, parameter("trustCertificateKeyStoreType", "JKS"), password));
    return factory.getTrustManagers();
  }

  private static KeyStore load(String url, String type, char[] password)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(type);
    try (InputStream in = URI.create(url).toURL().openStream()) {
      store.load(in, password);
    }
    return store;
  }

  /** What PREFERRED and REQUIRED mean: encrypted, with whoever answers. */
  private static final class AnyCertificate implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
