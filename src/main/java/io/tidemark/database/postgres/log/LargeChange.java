package io.tidemark.database.postgres.log;

import io.tidemark.schema.Table;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/** Finds out from the beginning of a message of the log which row it is about. */
final class LargeChange {

  /** Before a message of the plugin: {@code w}, two places in the log and a time (manual, 53.4). */
  private static final int LOG_HEADER = 25;

  private final Map<Integer, String> values = new HashMap<>();
  private int largest = -1;
  private long largestBytes = -1;

  private LargeChange() {}

  /**
   * The table, the row's key and the largest value, as far as they can be told, for a person.
   *
   * @param beginning of the content of a CopyData message
   * @param layouts where the columns of a relation are; nothing for one that is not copied
   */
  static String inWords(byte[] beginning, IntFunction<Optional<RelationLayout>> layouts) {
    if (beginning.length <= LOG_HEADER + 5 || beginning[0] != 'w') {
      return "a message";
    }
    ByteBuffer in = ByteBuffer.wrap(beginning);
    in.position(LOG_HEADER);
    char kind = (char) in.get();
    if (kind != 'I' && kind != 'U' && kind != 'D') {
      return "a message of kind " + kind;
    }
    Optional<RelationLayout> layout = layouts.apply(in.getInt());
    LargeChange change = new LargeChange();
    try {
      change.tuple(in);
      if (kind == 'U' && in.hasRemaining()) {
        change.tuple(in);
      }
    } catch (BufferUnderflowException e) {
      // Where the beginning ends, what is known is known.
    }
    String what =
        switch (kind) {
          case 'I' -> "an inserted row";
          case 'U' -> "an updated row";
          default -> "a deleted row";
        };
    return layout.map(known -> change.describe(what, known)).orElse(what + " of another table");
  }

  /** Of an old row and a new one, the old one comes first, and its key is the row's. */
  private void tuple(ByteBuffer in) {
    in.get(); // whether it is the old row or the new one
    int size = in.getShort();
    for (int field = 0; field < size; field++) {
      if (in.get() == 't') {
        int length = in.getInt();
        if (length > largestBytes) {
          largest = field;
          largestBytes = length;
        }
        if (length < 0 || length > in.remaining()) {
          throw new BufferUnderflowException();
        }
        byte[] value = new byte[length];
        in.get(value);
        values.putIfAbsent(field, new String(value, StandardCharsets.UTF_8));
      }
    }
  }

  private String describe(String what, RelationLayout layout) {
    Table table = layout.table();
    List<String> names = new ArrayList<>();
    List<String> key = new ArrayList<>();
    for (int index : table.keyIndexes()) {
      String value = values.get(layout.place(index));
      names.add(table.columns().get(index).name());
      if (value != null) {
        key.add(value);
      }
    }
    StringBuilder text = new StringBuilder(what).append(" of table ").append(table.id());
    if (!key.isEmpty() && key.size() == names.size()) {
      text.append(" with the key (")
          .append(String.join(", ", names))
          .append(") = (")
          .append(String.join(", ", key))
          .append(')');
    }
    for (int field = 0; field < table.columns().size(); field++) {
      if (layout.place(field) == largest) {
        text.append(" (column ")
            .append(table.columns().get(field).name())
            .append(" has ")
            .append(largestBytes)
            .append(" bytes there)");
      }
    }
    return text.toString();
  }
}
