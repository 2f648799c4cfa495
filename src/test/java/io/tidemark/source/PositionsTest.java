package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.change.Key;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.postgres.position.PostgresPositions;
import io.tidemark.protocol.RangeState;
import io.tidemark.protocol.TableCoverage;
import io.tidemark.schema.TableId;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the coordinator knows of the coverage is what the log reader comes to know. */
class PositionsTest {

  private static final TableId TABLE = new TableId("public", "orders");

  private final PositionFormat format = new PostgresPositions();
  private final Positions positions = new Positions(format);
  private final SnapshotPosition snapshot = format.snapshotPosition("690:700:695@0/16B3000");

  @Test
  void everyStateOfARangeAndOfAKeyArrives() {
    List<RangeState> states =
        List.of(
            RangeState.Uncovered.UNCOVERED,
            RangeState.Exposed.EXPOSED,
            new RangeState.Copied(snapshot),
            RangeState.Streamed.STREAMED);
    assertThat(states.stream().map(Object::getClass))
        .as("all that there are")
        .containsExactlyInAnyOrderElementsOf(
            Arrays.asList(RangeState.class.getPermittedSubclasses()));
    Map<TableId, TableCoverage> coverage =
        Map.of(
            TABLE,
            new TableCoverage(
                List.of(key("1"), key("2"), key("3")),
                states,
                Map.of(
                    key("7"), RangeState.Exposed.EXPOSED,
                    key("8"), RangeState.Uncovered.UNCOVERED,
                    key("9"), new RangeState.Copied(snapshot))));
    Map<TableId, Map<Key, SnapshotPosition>> recopied = Map.of(TABLE, Map.of(key("5"), snapshot));
    ToReader.LogCoverage printed = positions.print(3, coverage, recopied, Set.of(TABLE));
    assertThat(positions.coverage(printed)).isEqualTo(coverage);
    assertThat(positions.recopied(printed)).isEqualTo(recopied);
    assertThat(printed.cycle()).isEqualTo(3);
    assertThat(printed.uncovered()).containsExactly(TABLE);
  }

  private static Key key(String value) {
    return new Key(List.of(value));
  }
}
