package io.tidemark.database;

import java.io.Serializable;

/**
 * What remains to be done to the target's tables once their copy is complete and consistent:
 * secondary indexes, unique and foreign keys, identities, sequences.
 */
public interface TargetFinish extends Serializable {

  /**
   * Does what has not been done yet, beside the running stream and without stopping it for long.
   * Idempotent: may be called again after a crash at any point.
   *
   * @param session names the connection at the server, as the writers' are
   */
  void finish(String session) throws InterruptedException;
}
