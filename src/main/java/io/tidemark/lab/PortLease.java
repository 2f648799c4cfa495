package io.tidemark.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A TCP port that no other server of a lab takes, in whichever process, also while the server that
 * has it is down. Without that, a server that is killed and started again can find another one at
 * its port, and whoever connects meanwhile is answered by a stranger. The lock is the operating
 * system's, on a file per port, and ends with the process at the latest.
 */
final class PortLease implements AutoCloseable {

  /** Below the range that outgoing connections take theirs from. */
  private static final int FROM = 20_000;

  private static final int TO = 32_000;

  private final int port;
  private final FileChannel file;

  private PortLease(int port, FileChannel file) {
    this.port = port;
    this.file = file;
  }

  /**
   * Takes a port at which nobody listens.
   *
   * @throws IOException if none was found, or the files cannot be written
   */
  static PortLease take() throws IOException {
    Path folder = Path.of(System.getProperty("java.io.tmpdir"), "tidemark-lab-ports");
    Files.createDirectories(folder);
    for (int attempt = 0; attempt < 200; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(FROM, TO);
      FileChannel file =
          FileChannel.open(
              folder.resolve(Integer.toString(port)),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE);
      if (isLocked(file) && isFree(port)) {
        return new PortLease(port, file);
      }
      file.close();
    }
    throw new IOException("no free port between " + FROM + " and " + TO + " was found");
  }

  private static boolean isLocked(FileChannel file) throws IOException {
    try {
      FileLock lock = file.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      // This process has it.
      return false;
    }
  }

  private static boolean isFree(int port) throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
      return true;
    } catch (BindException e) {
      return false;
    }
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the lease of port " + port + " cannot be given back", e);
    }
  }
}
