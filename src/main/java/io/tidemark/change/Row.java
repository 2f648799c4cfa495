package io.tidemark.change;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One row in the wire encoding in which it arrived: a byte array shared with its neighbours, and
 * where each field is in it. A field is null, absent (the log did not carry it: an unchanged large
 * value, or a column outside the replica identity) or a value.
 *
 * <p>Immutable by contract: nobody writes to the bytes after construction. Safe to share.
 */
public final class Row {

  /** What an array can hold. */
  static final int MOST_BYTES = Integer.MAX_VALUE - 8;

  private static final int NULL = -1;
  private static final int ABSENT = -2;

  private final byte[] bytes;
  private final int[] offsets;
  private final int[] lengths;
  private final long weight;

  private Row(byte[] bytes, int[] offsets, int[] lengths) {
    this.bytes = bytes;
    this.offsets = offsets;
    this.lengths = lengths;
    long values = 0;
    for (int length : lengths) {
      values += Math.max(0, length);
    }
    this.weight = values + 8L * lengths.length;
  }

  /** Starts a row of {@code size} fields, all absent, whose values lie in {@code bytes}. */
  public static Builder builder(byte[] bytes, int size) {
    return new Builder(bytes, size);
  }

  /** A row of text values, each null or UTF-8; none absent. */
  public static Row ofText(List<String> values) {
    byte[][] encoded = new byte[values.size()][];
    int total = 0;
    for (int i = 0; i < encoded.length; i++) {
      String value = values.get(i);
      encoded[i] = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
      total += encoded[i] == null ? 0 : encoded[i].length;
    }
    byte[] bytes = new byte[total];
    Builder row = builder(bytes, encoded.length);
    int offset = 0;
    for (int i = 0; i < encoded.length; i++) {
      if (encoded[i] == null) {
        row.setNull(i);
      } else {
        System.arraycopy(encoded[i], 0, bytes, offset, encoded[i].length);
        row.setValue(i, offset, encoded[i].length);
        offset += encoded[i].length;
      }
    }
    return row.build();
  }

  /** How many fields it has, absent ones among them. */
  public int size() {
    return lengths.length;
  }

  /** Whether the log carried the field as null; an absent one is not. */
  public boolean isNull(int field) {
    return lengths[field] == NULL;
  }

  /** Whether the log carried the field: as a value or as null. */
  public boolean isPresent(int field) {
    return lengths[field] != ABSENT;
  }

  /** The fields that are not absent. The caller's to change. */
  public BitSet presentFields() {
    BitSet present = new BitSet(size());
    for (int field = 0; field < size(); field++) {
      present.set(field, isPresent(field));
    }
    return present;
  }

  /** The same without some, the key's for instance. */
  public BitSet presentFieldsExcept(int[] left) {
    BitSet present = presentFields();
    for (int field : left) {
      present.clear(field);
    }
    return present;
  }

  /**
   * Rows of one table by what {@link #presentFieldsExcept} gives for them, since one statement
   * assigns the same columns in all its rows. Keeps the order; rows that are all complete come back
   * as the list that they are in.
   */
  public static Map<BitSet, List<Row>> byPresentFieldsExcept(int[] left, List<Row> rows) {
    if (!rows.isEmpty() && rows.stream().allMatch(Row::isComplete)) {
      return Map.of(rows.get(0).presentFieldsExcept(left), rows);
    }
    Map<BitSet, List<Row>> groups = new LinkedHashMap<>();
    for (Row row : rows) {
      groups.computeIfAbsent(row.presentFieldsExcept(left), any -> new ArrayList<>()).add(row);
    }
    return groups;
  }

  /** Whether no field is absent. */
  public boolean isComplete() {
    for (int length : lengths) {
      if (length == ABSENT) {
        return false;
      }
    }
    return true;
  }

  /**
   * The array that holds the value of {@code field}, from {@link #offset} on. Not to be written.
   */
  public byte[] array() {
    return bytes;
  }

  /** Where the value starts. Only for a field that is present and not null. */
  public int offset(int field) {
    requireValue(field);
    return offsets[field];
  }

  /** The value's length in bytes. Only for a field that is present and not null. */
  public int length(int field) {
    requireValue(field);
    return lengths[field];
  }

  /** The value as UTF-8 text. Only for a field that is present and not null. */
  public String text(int field) {
    requireValue(field);
    return new String(bytes, offsets[field], lengths[field], StandardCharsets.UTF_8);
  }

  /** Whether a field that both rows have is null in both, or the same to the byte. */
  public boolean hasSame(int field, Row other) {
    if (isNull(field) || other.isNull(field)) {
      return isNull(field) && other.isNull(field);
    }
    return Arrays.equals(
        array(),
        offset(field),
        offset(field) + length(field),
        other.array(),
        other.offset(field),
        other.offset(field) + other.length(field));
  }

  /** The bytes of all values together: what the row weighs, within a constant per field. */
  public long weight() {
    return weight;
  }

  /** This row with every absent field taken from {@code older}, a row of the same table. */
  public Row completedFrom(Row older) {
    if (isComplete()) {
      return this;
    }
    int total = 0;
    for (int i = 0; i < size(); i++) {
      Row from = isPresent(i) ? this : older;
      total += Math.max(0, from.lengths[i]);
    }
    byte[] merged = new byte[total];
    Builder row = builder(merged, size());
    int offset = 0;
    for (int i = 0; i < size(); i++) {
      Row from = isPresent(i) ? this : older;
      if (from.isNull(i)) {
        row.setNull(i);
      } else if (from.isPresent(i)) {
        System.arraycopy(from.bytes, from.offsets[i], merged, offset, from.lengths[i]);
        row.setValue(i, offset, from.lengths[i]);
        offset += from.lengths[i];
      }
    }
    return row.build();
  }

  private void requireValue(int field) {
    if (lengths[field] < 0) {
      throw new IllegalStateException(
          "field " + field + " is " + (lengths[field] == NULL ? "null" : "absent"));
    }
  }

  /** Same fields with the same bytes, wherever they lie. */
  @Override
  public boolean equals(Object other) {
    if (!(other instanceof Row row) || row.lengths.length != lengths.length) {
      return false;
    }
    if (!Arrays.equals(lengths, row.lengths)) {
      return false;
    }
    for (int i = 0; i < lengths.length; i++) {
      if (lengths[i] > 0
          && !Arrays.equals(
              bytes,
              offsets[i],
              offsets[i] + lengths[i],
              row.bytes,
              row.offsets[i],
              row.offsets[i] + row.lengths[i])) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(lengths);
  }

  /** Says how large the row is and nothing of what is in it: rows must not reach a log. */
  @Override
  public String toString() {
    return "Row[" + size() + " fields, " + weight() + " bytes]";
  }

  /** Says where each field lies. Used once, by one thread. */
  public static final class Builder {
    private final byte[] bytes;
    private final int[] offsets;
    private final int[] lengths;

    private Builder(byte[] bytes, int size) {
      this.bytes = bytes;
      this.offsets = new int[size];
      this.lengths = new int[size];
      Arrays.fill(lengths, ABSENT);
    }

    /** Says that the field is null. What nothing is said of is absent. */
    public Builder setNull(int field) {
      lengths[field] = NULL;
      return this;
    }

    /**
     * @throws IndexOutOfBoundsException if the value does not lie within the bytes
     */
    public Builder setValue(int field, int offset, int length) {
      java.util.Objects.checkFromIndexSize(offset, length, bytes.length);
      offsets[field] = offset;
      lengths[field] = length;
      return this;
    }

    /** The row, which shares the bytes that this was made with. */
    public Row build() {
      return new Row(bytes, offsets, lengths);
    }
  }
}
