package io.tidemark.database.postgres.log;

/**
 * How a generated column is computed, in one word: its kind, the server's major version, a digest
 * of the expression in the server's form, and one of the users' functions that it calls if there
 * are any; with colons between.
 */
final class Generation {

  private Generation() {}

  /**
   * Whether two are not known to differ. Object ids in the form of an expression are another major
   * version's to print otherwise; and one that was remembered by an earlier version says nothing of
   * functions.
   */
  static boolean isSame(String before, String now) {
    if (now.equals(before)) {
      return true;
    }
    String[] then = before.split(":");
    String[] parts = now.split(":");
    if (then.length < 3 || parts.length < 3 || !then[0].equals(parts[0])) {
      return false;
    }
    if (!then[1].equals(parts[1])) {
      return true;
    }
    return then[2].equals(parts[2]) && (then.length == 3 || parts.length == 3);
  }
}
