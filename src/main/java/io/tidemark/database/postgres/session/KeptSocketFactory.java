package io.tidemark.database.postgres.session;

import io.tidemark.database.jdbc.Patience;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes sockets whose other end is looked after ({@link Patience#keepAlive}), and the size of what
 * it sends: {@link MessageGuard}.
 *
 * <p>Public with a public constructor because the driver makes it, by its name.
 */
public class KeptSocketFactory extends SocketFactory {

  @Override
  public Socket createSocket() throws IOException {
    Socket socket = new GuardedSocket();
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

  private static final class GuardedSocket extends Socket {
    private @Nullable InputStream input;

    @Override
    public InputStream getInputStream() throws IOException {
      InputStream opened = input;
      if (opened == null) {
        opened = new MessageGuard(super.getInputStream());
        input = opened;
      }
      return opened;
    }
  }
}
