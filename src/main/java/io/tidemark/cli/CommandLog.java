package io.tidemark.cli;

import java.nio.file.Path;

/**
 * Where a command logs to: a file of its own for each stream and command, so that two of them never
 * write to, or roll over, the same one. Read by {@code log4j2.properties} when the first logger is
 * made, so it is to be said before.
 */
final class CommandLog {

  /** The file. What is set already, by an option or outside, is not changed. */
  static final String FILE = "tidemark.log";

  /** The folder of the files that nobody names. */
  static final String FOLDER = "tidemark.logs";

  private CommandLog() {}

  /** The command logs to {@code file}. */
  static void to(Path file) {
    System.setProperty(FILE, file.toAbsolutePath().toString());
  }

  /** Where the log is, for a person. */
  static String file() {
    return System.getProperty(FILE, "not configured (start with ./tidemark)");
  }

  /**
   * Unless a file is named, the job that runs a stream logs to {@code tidemark-STREAM.log}, and
   * what else is done with the stream to {@code tidemark-STREAM-COMMAND.log}.
   */
  static void ofStream(String command, String stream) {
    String folder = System.getProperty(FOLDER);
    if (folder != null && System.getProperty(FILE) == null) {
      to(
          Path.of(
              folder,
              "tidemark-" + stream + ("run".equals(command) ? "" : "-" + command) + ".log"));
    }
  }
}
