package io.tidemark.sink;

import io.tidemark.change.SequenceValue;
import io.tidemark.database.TargetDatabase;
import io.tidemark.database.TargetWriter;
import java.sql.SQLException;
import java.util.List;

/**
 * Sets the target's sequences outside the stream: once it has stopped, nothing in it does so any
 * more, and whoever takes the target into use must not be given values that the source has given.
 */
public record SequenceTransfer(TargetDatabase target, String stream) {

  public void set(List<SequenceValue> values) {
    try (TargetWriter writer = target.openWriter("tidemark-sequences:" + stream)) {
      writer.setSequences(values);
      writer.connection().commit();
    } catch (SQLException e) {
      throw target.ledgerDialect().failure("setting the sequences of the target", e);
    }
  }
}
