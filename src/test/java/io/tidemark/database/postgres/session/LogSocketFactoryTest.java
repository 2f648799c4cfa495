package io.tidemark.database.postgres.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class LogSocketFactoryTest {

  private final Random random = new Random(7);

  @Test
  void whateverThePiecesAreTheBytesAreTheSame() throws Exception {
    byte[] sent = new byte[3 << 20];
    random.nextBytes(sent);
    sent[0] = 'S'; // as a server says before it encrypts: what follows is not looked into
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket socket = new LogSocketFactory().createSocket()) {
      socket.connect(server.getLocalSocketAddress());
      Socket accepted = server.accept();
      CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> send(accepted, sent));
      InputStream in = socket.getInputStream();
      assertThat(socket.getInputStream()).isSameAs(in);
      ByteArrayOutputStream received = new ByteArrayOutputStream();
      byte[] piece = new byte[9_000];
      while (received.size() < sent.length) {
        if (received.size() % 7 == 0) {
          received.write(in.read());
        } else {
          int length = in.read(piece, 3, 1 + random.nextInt(8_000));
          received.write(piece, 3, length);
        }
      }
      sending.join();
      assertThat(received.toByteArray()).isEqualTo(sent);
      assertThat(in.read()).isEqualTo(-1);
      assertThat(in.read(piece, 0, 10)).isEqualTo(-1);
    }
  }

  @Test
  void aTimeOutLosesNothing() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket socket = new LogSocketFactory().createSocket()) {
      socket.connect(server.getLocalSocketAddress());
      socket.setSoTimeout(1);
      try (Socket accepted = server.accept()) {
        InputStream in = socket.getInputStream();
        assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class);
        assertThat(in.available()).isZero();
        accepted.getOutputStream().write(new byte[] {1, 2, 3});
        socket.setSoTimeout(10_000);
        assertThat(in.read()).isEqualTo(1);
        assertThat(in.readNBytes(2)).containsExactly(2, 3);
        socket.setSoTimeout(1);
        assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class);
      }
    }
  }

  @Test
  void aServerThatIsNearIsGivenASmallWindowAndLosesNothing() throws Exception {
    byte[] sent = new byte[500_000];
    random.nextBytes(sent);
    sent[0] = 'S'; // as above
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket socket = new LogSocketFactory().createSocket()) {
      socket.connect(server.getLocalSocketAddress(), 10_000);
      assertThat(socket.getReceiveBufferSize()).isLessThan(128 << 10);
      Socket accepted = server.accept();
      CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> send(accepted, sent));
      assertThat(socket.getInputStream().readNBytes(sent.length)).isEqualTo(sent);
      sending.join();
    }
  }

  private void send(Socket to, byte[] bytes) {
    try (to) {
      Random sizes = new Random(8);
      for (int at = 0; at < bytes.length; ) {
        int size = Math.min(bytes.length - at, 1 + sizes.nextInt(600));
        to.getOutputStream().write(bytes, at, size);
        at += size;
      }
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
