package io.tidemark.source;

import io.tidemark.change.Chunk;
import io.tidemark.protocol.CheckpointBook;
import org.apache.flink.api.connector.source.SourceSplit;

/** What a reader is given to do, and what a checkpoint keeps of it. */
public sealed interface CopySplit extends SourceSplit {

  /**
   * The log, from a position on. There is one.
   *
   * @param position the printed position up to which the log has been processed
   * @param pending the printed transactions up to there that were not known to be visible
   */
  record LogSplit(String position, String pending) implements CopySplit {
    @Override
    public String splitId() {
      return "log";
    }
  }

  /**
   * One chunk, to be read from the cycle's session.
   *
   * @param snapshot the session's printed snapshot
   */
  record ChunkSplit(long cycle, Chunk chunk, String snapshot)
      implements CopySplit, CheckpointBook.Written {
    @Override
    public String splitId() {
      return idOf(cycle, chunk);
    }

    static String idOf(long cycle, Chunk chunk) {
      return "cycle " + cycle + " " + chunk + " " + chunk.range();
    }
  }
}
