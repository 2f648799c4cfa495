package io.tidemark.database.postgres.session;

import java.io.IOException;
import java.net.Socket;
import java.util.Properties;
import javax.net.ssl.SSLSocket;
import org.postgresql.ssl.LibPQFactory;
import org.postgresql.util.PSQLException;

/**
 * Encrypts as the driver does by itself, with the URL's {@code sslmode}, {@code sslrootcert} and so
 * on, and looks after what comes out of it: {@link MessageGuard}.
 *
 * <p>Public with a public constructor because the driver makes it, by its name.
 */
public final class GuardedTlsFactory extends LibPQFactory {

  /**
   * @param properties the connection's
   * @throws PSQLException if they name certificates that cannot be read
   */
  public GuardedTlsFactory(Properties properties) throws PSQLException {
    super(properties);
  }

  @Override
  public Socket createSocket(Socket socket, String host, int port, boolean autoClose)
      throws IOException {
    return new GuardedTlsSocket((SSLSocket) super.createSocket(socket, host, port, autoClose));
  }
}
