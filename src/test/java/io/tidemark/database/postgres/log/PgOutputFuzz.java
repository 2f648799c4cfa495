package io.tidemark.database.postgres.log;

import io.tidemark.database.DatabaseException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What a fuzzer drives to look for a message that the decoder neither reads nor refuses. */
public final class PgOutputFuzz {

  private PgOutputFuzz() {}

  /** The entry point that Jazzer looks for. */
  public static void fuzzerTestOneInput(byte[] input) {
    try {
      read(input);
    } catch (DatabaseException refused) {
      if (refused.getMessage() == null || refused.getMessage().isBlank()) {
        throw new IllegalStateException("refused without a word", refused);
      }
    }
  }

  /** All that a message holds; every value of it is touched. */
  static Object read(byte[] message) {
    PgOutputMessage decoded = PgOutputDecoder.decode(ByteBuffer.wrap(message));
    if (decoded instanceof PgOutputMessage.Insert insert) {
      return decoded.getClass() + text(insert.row());
    }
    if (decoded instanceof PgOutputMessage.Update update) {
      return decoded.getClass()
          + update.before().map(old -> text(old.row())).orElse("")
          + text(update.after());
    }
    if (decoded instanceof PgOutputMessage.Delete delete) {
      return decoded.getClass() + text(delete.before().row());
    }
    return decoded;
  }

  private static String text(PgOutputMessage.Tuple row) {
    StringBuilder text = new StringBuilder();
    for (int field = 0; field < row.size(); field++) {
      if (!row.isNull(field) && !row.isUnchanged(field)) {
        text.append(
            new String(row.array(), row.offset(field), row.length(field), StandardCharsets.UTF_8));
      }
      text.append('|');
    }
    return text.toString();
  }
}
