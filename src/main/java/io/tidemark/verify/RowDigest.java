package io.tidemark.verify;

import io.tidemark.change.Row;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.StringJoiner;

/**
 * Tells rows and keys of one side apart by 128 bits of a SHA-256 over their values' normal forms.
 * One thread.
 */
final class RowDigest {

  private static final int LONGEST_SHOWN = 80;

  /** A value of 128 bits. */
  record Digest(long high, long low) {}

  private final Table table;
  private final int[] fields;
  private final int[] keyFields;
  private final List<NormalForm> forms = new ArrayList<>();
  private final MessageDigest sha;

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

  Digest row(Row row) {
    for (int i = 0; i < fields.length; i++) {
      add(row, i);
    }
    return finish();
  }

  /** Of the row where nothing else names it. */
  Digest key(Row row) {
    if (keyFields.length == 0) {
      return row(row);
    }
    for (int field : keyFields) {
      add(row, field);
    }
    return finish();
  }

  /** The key for a message, cut where it is long. */
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

  /** Each value with its length before it, so that no two rows are one sequence of bytes. */
  private void add(Row row, int index) {
    int field = fields[index];
    if (row.isNull(field)) {
      length(-1);
      return;
    }
    byte[] value = forms.get(index).of(row.array(), row.offset(field), row.length(field));
    length(value.length);
    sha.update(value);
  }

  private void length(int length) {
    sha.update((byte) (length >>> 24));
    sha.update((byte) (length >>> 16));
    sha.update((byte) (length >>> 8));
    sha.update((byte) length);
  }

  private Digest finish() {
    ByteBuffer bytes = ByteBuffer.wrap(sha.digest());
    return new Digest(bytes.getLong(), bytes.getLong());
  }
}
