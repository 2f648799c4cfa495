package io.tidemark.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Values in two notations: how each is written, and how it is found again.
 *
 * @param written by row
 * @param found the same
 */
public record GoldenValues(List<String> written, List<String> found) {

  /** Each value as it is written, followed by how it is found. */
  public static GoldenValues of(String... writtenAndFound) {
    List<String> written = new ArrayList<>();
    List<String> found = new ArrayList<>();
    for (int i = 0; i < writtenAndFound.length; i += 2) {
      written.add(writtenAndFound[i]);
      found.add(writtenAndFound[i + 1]);
    }
    return new GoldenValues(written, found);
  }

  /** How the value of a row is written; empty for a row beyond them, which has null. */
  public Optional<String> written(int row) {
    return row < written.size() ? Optional.of(written.get(row)) : Optional.empty();
  }

  /** How the value of a row is found; empty for a row beyond them, which has null. */
  public Optional<String> found(int row) {
    return row < found.size() ? Optional.of(found.get(row)) : Optional.empty();
  }

  /** The value of a row as SQL, if values are written so. */
  public String sql(int row) {
    return written(row).orElse("NULL");
  }
}
