package io.tidemark.faults.link;

/** A message between a job and a database server, on its way. */
public interface Message {

  /** The connection; what it has seen before this message can be asked of it. */
  Link link();

  boolean toServer();

  /** The statement that is parsed, bound or executed by it; empty if it is no such message. */
  String sql();

  /** Whether the server is asked to execute {@link #sql}. */
  boolean executes();

  /** The server's word that a COMMIT has happened. */
  boolean answersCommit();

  /** A row of a chunk, or their end. */
  default boolean isCopy() {
    return false;
  }

  /** A change of a row in a log. */
  default boolean isLogChange() {
    return false;
  }

  default boolean asksForCommit() {
    return executes() && sql().equalsIgnoreCase("COMMIT");
  }
}
