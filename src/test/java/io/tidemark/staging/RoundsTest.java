package io.tidemark.staging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import io.tidemark.staging.StagedTables.Changed;
import io.tidemark.staging.StagedTables.Opened;
import io.tidemark.staging.StagedTables.Part;
import io.tidemark.staging.StagedTables.Rows;
import io.tidemark.staging.TablesCheckpoint.Round;
import io.tidemark.staging.TablesCheckpoint.Table;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RoundsTest {

  private static final TableId T = new TableId("s", "t");
  private static final TableId U = new TableId("s", "u");
  private static final SinkColumn K = column("k");
  private static final SinkColumn A = column("a");
  private static final ShapeChange ADDED = new ShapeChange.Add(T, List.of(A));
  private static final ShapeChange EMPTIED = new ShapeChange.Empty(T);
  private static final TableShape NARROW = new TableShape(T, List.of(K), List.of("k"));
  private static final TableShape WIDE = new TableShape(T, List.of(K, A), List.of("k"));
  private static final TableShape OTHER = new TableShape(U, List.of(K), List.of("k"));

  private static SinkColumn column(String name) {
    return new SinkColumn(name, "INT", new ValueType.Int(32, false), true, Optional.empty());
  }

  private static StagedRows staged(long writer, String table) {
    return new StagedRows(writer, table, 1);
  }

  private static StagedTables said(long writer, Part... parts) {
    return new StagedTables(writer, List.of(parts));
  }

  @Test
  void rowsOfEveryWriterLieOnTheSideOfAChangeOnWhichTheyCame() {
    assertThat(
            Rounds.of(
                List.of(
                    said(
                        1,
                        new Opened(NARROW),
                        new Rows(NARROW, staged(1, "a")),
                        new Changed(ADDED),
                        new Rows(WIDE, staged(1, "b"))),
                    said(
                        2,
                        new Opened(NARROW),
                        new Changed(ADDED),
                        new Rows(WIDE, staged(2, "c")),
                        new Opened(OTHER),
                        new Rows(OTHER, staged(2, "d"))))))
        .containsExactly(
            new Round(
                List.of(),
                List.of(
                    new Table(NARROW, true, List.of(staged(1, "a"))),
                    new Table(OTHER, true, List.of(staged(2, "d"))))),
            new Round(
                List.of(ADDED),
                List.of(new Table(WIDE, false, List.of(staged(1, "b"), staged(2, "c"))))));
  }

  @Test
  void whatAWriterSaidOfACheckpointThatWasGivenUpComesBeforeTheRest() {
    assertThat(
            Rounds.of(
                List.of(
                    said(1, new Opened(NARROW), new Changed(ADDED)),
                    said(1, new Rows(WIDE, staged(1, "a")), new Changed(EMPTIED)),
                    said(2, new Opened(NARROW), new Changed(ADDED), new Changed(EMPTIED)),
                    said(2, new Rows(WIDE, staged(2, "b"))))))
        .extracting(round -> round.tables().stream().flatMap(t -> t.staged().stream()).toList())
        .containsExactly(List.of(), List.of(staged(1, "a")), List.of(staged(2, "b")));
  }

  @Test
  void aWriterThatHasNothingOfATableSaysNothingOfItsChanges() {
    assertThat(
            Rounds.of(
                List.of(said(1), said(2, new Changed(EMPTIED), new Rows(WIDE, staged(2, "a"))))))
        .hasSize(2);
  }

  @Test
  void writersThatWereToldOfDifferentChangesAreNotPutSideBySide() {
    assertThatThrownBy(
            () ->
                Rounds.of(
                    List.of(
                        said(1, new Changed(ADDED), new Changed(EMPTIED)),
                        said(2, new Changed(EMPTIED), new Changed(ADDED)))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("table s.t")
        .hasMessageContaining("[Add, Empty] and [Empty, Add]");
  }

  @Test
  void rowsOfTwoShapesWithoutAChangeBetweenThemAreRefused() {
    assertThatThrownBy(
            () ->
                Rounds.of(
                    List.of(
                        said(
                            1,
                            new Rows(NARROW, staged(1, "a")),
                            new Opened(WIDE),
                            new Rows(WIDE, staged(1, "b"))))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("came with another shape");
  }

  @Test
  void ofATableWithoutRowsTheLastShapeCounts() {
    assertThat(Rounds.of(List.of(said(1, new Opened(NARROW), new Opened(WIDE)))))
        .containsExactly(new Round(List.of(), List.of(new Table(WIDE, true, List.of()))));
  }
}
