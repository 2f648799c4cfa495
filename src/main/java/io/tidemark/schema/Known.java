package io.tidemark.schema;

import java.util.Map;

/** Looks up what has to be there. */
public final class Known {

  private Known() {}

  /**
   * The value of a key that the map has.
   *
   * @throws IllegalStateException if it has not; names the key
   */
  public static <K, V> V require(Map<K, V> map, K key) {
    V value = map.get(key);
    if (value == null) {
      throw new IllegalStateException("nothing is known of " + key);
    }
    return value;
  }
}
