package io.tidemark.job;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds the name that somebody most likely meant. */
public final class NearestName {

  private NearestName() {}

  /** The candidate with the fewest edits (Levenshtein) from {@code word}, if those are few. */
  public static Optional<String> of(String word, Collection<String> candidates) {
    int tolerated = Math.max(1, Math.min(3, word.length() / 2));
    String lower = word.toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    return candidates.stream()
        .filter(candidate -> Math.abs(candidate.length() - lower.length()) <= tolerated)
        .filter(candidate -> edits(lower, candidate) <= tolerated)
        .min(Comparator.comparingInt((String candidate) -> edits(lower, candidate)));
  }

  private static int edits(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(substituted, Math.min(previous[j], current[j - 1]) + 1);
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
