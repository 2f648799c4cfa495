package io.tidemark.table;

import io.tidemark.job.NearestName;
import io.tidemark.source.StartupMode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What {@code scan.startup.mode} may say, under the names that users of Flink CDC know. */
final class StartupOption {

  /** The option of a read that ends. */
  static final String SNAPSHOT = "snapshot";

  private static final Map<String, StartupMode> MODES = new LinkedHashMap<>();

  /** What Flink CDC knows and Tidemark does not do, with why. */
  private static final Map<String, String> REFUSED = new LinkedHashMap<>();

  static {
    MODES.put("initial", StartupMode.INITIAL);
    MODES.put("latest-offset", StartupMode.LATEST);
    MODES.put(SNAPSHOT, StartupMode.SNAPSHOT);
    String past =
        "what lies in the log from before the statement was written by tables as they were then,"
            + " which nobody can ask any more, so that its rows could be wrong without a word. Begin"
            + " with 'initial', or with 'latest-offset'; a statement that was stopped goes on from"
            + " its savepoint";
    REFUSED.put("earliest-offset", past);
    REFUSED.put("specific-offset", past);
    REFUSED.put("timestamp", past);
    REFUSED.put(
        "committed-offset",
        "Tidemark's slots are its own, and go on from a checkpoint or savepoint, never from the slot"
            + " alone. Begin with 'initial', or with 'latest-offset'");
  }

  private StartupOption() {}

  /** The mode; {@link StartupMode#INITIAL} where {@code wrong} was added to. */
  static StartupMode of(String given, List<String> wrong) {
    StartupMode mode = MODES.get(given);
    if (mode != null) {
      return mode;
    }
    String option = "'" + SourceTableOptions.STARTUP_MODE.key() + "' ";
    Optional<String> refused = Optional.ofNullable(REFUSED.get(given));
    wrong.add(
        refused
            .map(why -> option + "cannot be '" + given + "': " + why)
            .orElseGet(
                () ->
                    option
                        + "can be '"
                        + String.join("' or '", MODES.keySet())
                        + "', and not '"
                        + given
                        + "'"
                        + NearestName.of(given, MODES.keySet())
                            .map(near -> "; is '" + near + "' meant?")
                            .orElse("")));
    return StartupMode.INITIAL;
  }
}
