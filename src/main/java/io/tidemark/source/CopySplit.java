package io.tidemark.source;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.protocol.CheckpointBook;
import io.tidemark.schema.TableId;
import java.util.List;
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
   * Keys of a table that have to be copied again, and that the enumerator may not know of. Only in
   * a checkpoint.
   */
  record ReopenedSplit(TableId table, List<Key> keys) implements CopySplit {
    @Override
    public String splitId() {
      return "reopened " + table;
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
