package io.tidemark.database.mysql.session;

import com.mysql.cj.conf.PropertySet;
import com.mysql.cj.protocol.StandardSocketFactory;
import io.tidemark.database.jdbc.Patience;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;

/**
 * Makes sockets whose other end is looked after ({@link Patience#keepAlive}).
 *
 * <p>Public with a public constructor because the driver makes it, by its name.
 */
public final class KeptSocketFactory extends StandardSocketFactory {

  @Override
  protected Socket createSocket(PropertySet properties) {
    Socket socket = super.createSocket(properties);
    try {
      Patience.keepAlive(socket);
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "a socket cannot be made to notice that its server is gone", e);
    }
  }
}
