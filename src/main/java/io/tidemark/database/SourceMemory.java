package io.tidemark.database;

import java.io.Serializable;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a stream keeps of its source beside a position in the log: how the source described what is
 * copied when it was last looked at, so that what changed since is noticed although no row of the
 * log says so. The source writes it and is the only one to read it; the ledger keeps it. Immutable.
 *
 * @param facts by what they are about; at most 400 characters name one
 */
public record SourceMemory(Map<String, String> facts) implements Serializable {

  private static final long serialVersionUID = 1L;

  /** Of a source that was never looked at. */
  public static final SourceMemory NONE = new SourceMemory(Map.of());

  public SourceMemory {
    facts = Collections.unmodifiableMap(new TreeMap<>(facts));
  }

  /** The same with one fact more, or with another one in its place. */
  public SourceMemory with(String about, String fact) {
    Map<String, String> more = new HashMap<>(facts);
    more.put(about, fact);
    return new SourceMemory(more);
  }

  /** What has to be written over {@code former} to become this: a fact that is gone is empty. */
  public Map<String, Optional<String>> changesSince(SourceMemory former) {
    Map<String, Optional<String>> changes = new HashMap<>();
    for (String about : former.facts.keySet()) {
      if (!facts.containsKey(about)) {
        changes.put(about, Optional.empty());
      }
    }
    facts.forEach(
        (about, fact) -> {
          if (!fact.equals(former.facts.get(about))) {
            changes.put(about, Optional.of(fact));
          }
        });
    return changes;
  }
}
