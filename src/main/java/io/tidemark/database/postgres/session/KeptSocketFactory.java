package io.tidemark.database.postgres.session;

import io.tidemark.database.jdbc.Patience;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.SocketFactory;

/**
 * Makes sockets whose other end is looked after ({@link Patience#keepAlive}).
 *
 * <p>Public with a public constructor because the driver makes it, by its name.
 */
public class KeptSocketFactory extends SocketFactory {

  @Override
  public Socket createSocket() throws IOException {
    Socket socket = new Socket();
    Patience.keepAlive(socket);
    return socket;
  }

  @Override
  public final Socket createSocket(String host, int port) {
    throw unconnected();
  }

  @Override
  public final Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
    throw unconnected();
  }

  @Override
  public final Socket createSocket(InetAddress host, int port) {
    throw unconnected();
  }

  @Override
  public final Socket createSocket(
      InetAddress address, int port, InetAddress localAddress, int localPort) {
    throw unconnected();
  }

  private static UnsupportedOperationException unconnected() {
    return new UnsupportedOperationException("the driver connects its sockets itself");
  }
}
