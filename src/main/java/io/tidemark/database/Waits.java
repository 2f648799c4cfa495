package io.tidemark.database;

import java.util.List;

/**
 * Asks a server for whom the sessions of a stream wait: holders of locks, open and prepared
 * transactions. Keeps one connection, which a failure closes and the next look opens again; used by
 * one thread.
 */
public interface Waits extends AutoCloseable {

  /** Of a server that is not asked. */
  Waits NONE =
      new Waits() {
        @Override
        public List<Wait> look() {
          return List.of();
        }

        @Override
        public void cancel(String session) {
          // Nobody waits.
        }

        @Override
        public void close() {
          // Nothing is open.
        }
      };

  /**
   * Who waits just now, and for whom.
   *
   * @throws DatabaseException if the server does not answer
   */
  List<Wait> look();

  /**
   * Ends the statement that a session is executing, which fails for it, if it still waits.
   *
   * @param session as it was named by the last look
   * @throws DatabaseException if the server does not answer, or does not allow it
   */
  void cancel(String session);

  @Override
  void close();

  /**
   * A session that waits.
   *
   * @param session the name of the stream's
   * @param blocker whom it waits for, in words: who that is, since when, and the kind of its
   *     statement
   */
  record Wait(String session, String blocker) {
    /** As a sentence without its end. */
    public String inWords() {
      return "session " + session + " waits for " + blocker;
    }
  }
}
