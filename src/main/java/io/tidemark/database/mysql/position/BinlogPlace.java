package io.tidemark.database.mysql.position;

import io.tidemark.database.LogReader;
import io.tidemark.database.TransactionId;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place between two events of a binary log: {@code binlog.000003:1234}. Where a server has no
 * GTIDs it names the transaction that ends there, and stands for all transactions up to it.
 *
 * <p>Files follow each other by the number at their end, which may grow beyond its six digits
 * (MySQL manual, 7.4.4). Files of another base name are those of another log: refused.
 *
 * @param file the name as {@code SHOW BINARY LOGS} has it
 * @param offset in bytes; 4 is the start of a file
 */
public record BinlogPlace(String file, long offset)
    implements MySqlTransaction, ExecutedSet, LogReader.Place, Comparable<BinlogPlace> {

  private static final Pattern FILE = Pattern.compile("(.{1,480})\\.([0-9]{6,10})", Pattern.DOTALL);
  private static final Pattern OFFSET = Pattern.compile("[0-9]{1,19}");

  /**
   * @throws IllegalArgumentException if there is no such file name or offset
   */
  public BinlogPlace {
    if (!FILE.matcher(file).matches() || file.indexOf('@') >= 0 || file.indexOf(',') >= 0) {
      throw new IllegalArgumentException("not the name of a binary log file: '" + cut(file) + "'");
    }
    if (offset < 0) {
      throw new IllegalArgumentException("a binary log has no offset " + offset);
    }
  }

  /**
   * @param printed {@code file:offset}
   * @throws IllegalArgumentException if it is malformed
   */
  static BinlogPlace parse(String printed) {
    int colon = printed.lastIndexOf(':');
    if (colon < 0 || !OFFSET.matcher(printed.substring(colon + 1)).matches()) {
      throw new IllegalArgumentException("not a place in a binary log: '" + cut(printed) + "'");
    }
    try {
      return new BinlogPlace(
          printed.substring(0, colon), Long.parseLong(printed.substring(colon + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a place in a binary log: '" + cut(printed) + "'", e);
    }
  }

  private static String cut(String text) {
    return text.length() <= 200 ? text : text.substring(0, 200) + "…";
  }

  /** The number at the end of the file's name. */
  long fileNumber() {
    return Long.parseLong(file.substring(file.lastIndexOf('.') + 1));
  }

  private String base() {
    Matcher matcher = FILE.matcher(file);
    if (!matcher.matches()) {
      throw new IllegalStateException(file);
    }
    return matcher.group(1);
  }

  /**
   * @throws IllegalArgumentException if they belong to logs of different base names
   */
  @Override
  public int compareTo(BinlogPlace other) {
    if (!base().equals(other.base())) {
      throw new IllegalArgumentException(
          file + " and " + other.file + " are not files of the same binary log");
    }
    int files = Long.compare(fileNumber(), other.fileNumber());
    return files == 0 ? Long.compare(offset, other.offset) : files;
  }

  @Override
  public boolean contains(TransactionId transaction) {
    if (!(transaction instanceof BinlogPlace end)) {
      throw new IllegalArgumentException(
          transaction.print() + " is not a place in a binary log, as this stream's positions are");
    }
    return end.compareTo(this) <= 0;
  }

  @Override
  public boolean containsAll(ExecutedSet other) {
    if (!(other instanceof BinlogPlace place)) {
      throw new IllegalArgumentException(
          other.print() + " is not a place in a binary log, as this stream's positions are");
    }
    return place.compareTo(this) <= 0;
  }

  @Override
  public BinlogPlace plus(TransactionId transaction) {
    return contains(transaction) ? this : (BinlogPlace) transaction;
  }

  @Override
  public String print() {
    return file + ":" + offset;
  }

  @Override
  public String toString() {
    return print();
  }

  /**
   * Whether it lies before all of a file of the same log, as one does that has been purged since.
   *
   * @param file its name, of any log
   */
  public boolean liesBefore(String file) {
    try {
      return compareTo(new BinlogPlace(file, 0)) < 0;
    } catch (IllegalArgumentException otherName) {
      return false;
    }
  }
}
