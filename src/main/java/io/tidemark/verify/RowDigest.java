package io.tidemark.verify;

import io.tidemark.change.Row;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.StringJoiner;

/**
 * Tells rows and keys of one side apart by 128 bits of a SHA-256 over their values' normal forms.
 * Turns to one row after the other; used by one thread.
 */
final class RowDigest {

  private static final int LONGEST_SHOWN = 80;

  /** So much is kept from one row to the next; more is let go after a row that needed it. */
  private static final int KEPT_BYTES = 1 << 20;

  /** A value of 128 bits. */
  record Digest(long high, long low) {}

  private final Table table;
  private final int[] fields;
  private final int[] keyFields;
  private final List<NormalForm> forms = new ArrayList<>();
  private final MessageDigest sha;
  private final ByteBuffer digest = ByteBuffer.allocate(32);

  /**
   * The row's values in their normal forms, each with its length before it, so that no two rows are
   * one sequence of bytes; and where each of them ends.
   */
  private byte[] bytes = new byte[1 << 10];

  private int size;
  private final int[] ends;

  /**
   * @param table as this side has it
   * @param source as the source has it
   * @param columns those that are compared
   * @param key those that name a row; empty if the whole row does
   */
  RowDigest(Table table, Table source, List<String> columns, List<String> key) {
    this.table = table;
    List<String> here = table.columns().stream().map(Column::name).toList();
    List<String> there = source.columns().stream().map(Column::name).toList();
    this.fields = columns.stream().mapToInt(here::indexOf).toArray();
    this.keyFields = key.stream().mapToInt(columns::indexOf).toArray();
    this.ends = new int[fields.length];
    for (String column : columns) {
      forms.add(
          NormalForm.of(
              source.columns().get(there.indexOf(column)).values(),
              table.columns().get(here.indexOf(column)).values()));
    }
    try {
      this.sha = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Turns to a row, which the other methods are then about. */
  void turnTo(Row row) {
    size = 0;
    if (bytes.length > KEPT_BYTES) {
      bytes = new byte[1 << 10];
    }
    for (int i = 0; i < fields.length; i++) {
      add(row, i);
      ends[i] = size;
    }
  }

  Digest row() {
    sha.update(bytes, 0, size);
    return finish();
  }

  /** Of the row where nothing else names it. */
  Digest key() {
    if (keyFields.length == 0) {
      return row();
    }
    for (int field : keyFields) {
      int start = start(field);
      sha.update(bytes, start, ends[field] - start);
    }
    return finish();
  }

  /** Few bits of the key, spread evenly and at less expense than {@link #key}'s. */
  int keyHash() {
    if (keyFields.length == 0) {
      return mixed(hash(0, 0, size));
    }
    long hash = 0;
    for (int field : keyFields) {
      hash = hash(hash, start(field), ends[field]);
    }
    return mixed(hash);
  }

  private long hash(long before, int start, int end) {
    long hash = before;
    for (int i = start; i < end; i++) {
      hash = hash * 0x100000001b3L + bytes[i];
    }
    return hash;
  }

  /** The multiplier is the fraction of the golden ratio: high bits then depend on all below. */
  private static int mixed(long hash) {
    long folded = (hash ^ hash >>> 32) * 0x9e3779b97f4a7c15L;
    return (int) (folded >>> 32);
  }

  private int start(int field) {
    return field == 0 ? 0 : ends[field - 1];
  }

  /** The key of {@code row} for a message, cut where it is long. */
  String describe(Row row) {
    if (keyFields.length == 0) {
      return "a row";
    }
    StringJoiner text = new StringJoiner(", ");
    for (int keyField : keyFields) {
      int field = fields[keyField];
      Column column = table.columns().get(field);
      String value =
          row.isNull(field)
              ? "NULL"
              : column.values().isRaw()
                  ? HexFormat.of()
                      .formatHex(
                          row.array(), row.offset(field), row.offset(field) + row.length(field))
                  : row.text(field);
      text.add(
          column.name()
              + "="
              + (value.length() > LONGEST_SHOWN ? value.substring(0, LONGEST_SHOWN) + "…" : value));
    }
    return text.toString();
  }

  private void add(Row row, int index) {
    int field = fields[index];
    if (row.isNull(field)) {
      addLength(-1);
      return;
    }
    NormalForm form = forms.get(index);
    if (form == NormalForm.AS_IS) {
      addValue(row.array(), row.offset(field), row.length(field));
    } else {
      byte[] value = form.of(row.array(), row.offset(field), row.length(field));
      addValue(value, 0, value.length);
    }
  }

  private void addValue(byte[] value, int offset, int length) {
    addLength(length);
    ensure(length);
    System.arraycopy(value, offset, bytes, size, length);
    size += length;
  }

  private void addLength(int length) {
    ensure(Integer.BYTES);
    bytes[size++] = (byte) (length >>> 24);
    bytes[size++] = (byte) (length >>> 16);
    bytes[size++] = (byte) (length >>> 8);
    bytes[size++] = (byte) length;
  }

  private void ensure(int more) {
    int needed = Math.addExact(size, more);
    if (needed > bytes.length) {
      bytes =
          Arrays.copyOf(
              bytes, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, 2L * bytes.length)));
    }
  }

  private Digest finish() {
    try {
      sha.digest(digest.array(), 0, digest.capacity());
    } catch (DigestException e) {
      throw new IllegalStateException("a SHA-256 has 32 bytes", e);
    }
    return new Digest(digest.getLong(0), digest.getLong(Long.BYTES));
  }
}
