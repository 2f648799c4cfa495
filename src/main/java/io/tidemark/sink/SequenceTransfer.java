package io.tidemark.sink;

import io.tidemark.change.SequenceValue;
import io.tidemark.database.TargetDatabase;
import io.tidemark.database.TargetWriter;
import java.util.List;

/**
 * Sets the target's sequences outside the stream: once it has stopped, nothing in it does so any
 * more, and whoever takes the target into use must not be given values that the source has given.
 */
public record SequenceTransfer(TargetDatabase target, String stream) {

  /**
   * Sets them in one transaction, on a connection of its own.
   *
   * @throws io.tidemark.database.DatabaseException if the target does not take them
   */
  public void set(List<SequenceValue> values) {
    try (TargetWriter writer = target.openWriter("tidemark-sequences:" + stream)) {
      writer.setSequences(values);
      writer.commit();
      writer.settleSequences();
    }
  }
}
