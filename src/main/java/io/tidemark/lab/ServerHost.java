package io.tidemark.lab;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;

/**
 * What a server runs in: a process of this machine, or a container. Is used by one thread at a
 * time.
 */
interface ServerHost {

  /** Starts the server's process, which then takes a while until it takes connections. */
  void start(int port) throws IOException;

  boolean isRunning();

  /** The process id of the server that runs. */
  long pid();

  /** Ends the server in good order, and waits for its end. */
  void stop();

  /** Ends the server as a crash would, and waits for its end. */
  void kill();

  /** Whether {@code connection} leads to this server. */
  boolean isAtTheEndOf(Connection connection) throws SQLException;

  /** Changes settings for the next start. */
  void configure(Map<String, String> settings) throws IOException;

  /** What the server said last. */
  String endOfLog() throws IOException;

  /** Ends the server at once if it runs, and deletes its data. */
  void discard() throws IOException;
}
