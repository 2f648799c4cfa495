package io.tidemark.database.postgres.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.postgres.log.PgOutputMessage.Relation;
import io.tidemark.database.postgres.log.PgOutputMessage.RelationColumn;
import io.tidemark.database.postgres.log.RelationLayout.Announced;
import io.tidemark.database.postgres.log.RelationLayout.ColumnType;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RelationLayoutTest {

  private static final int INT4 = 23;
  private static final Table TABLE =
      new Table(
          new TableId("public", "t"),
          List.of(new Column("id", "integer", false)),
          Optional.of(new PrimaryKey(List.of("id"))));

  private static RelationLayout layout(char replicaIdentity, boolean flagged) {
    return RelationLayout.of(
        TABLE,
        new Relation(
            1,
            "public",
            "t",
            replicaIdentity,
            List.of(new RelationColumn(flagged, "id", INT4, -1))),
        new Announced(1, Map.of("id", new ColumnType(INT4, -1)), Set.of(), true));
  }

  @Test
  void aKeyThatIsGoneIsNoticed() {
    for (char identity : new char[] {'d', 'i'}) {
      assertThat(layout(identity, true).table()).isEqualTo(TABLE);
      assertThatThrownBy(() -> layout(identity, false))
          .isInstanceOf(DatabaseException.class)
          .hasMessageContaining(
              "table public.t was altered: the log has the key [] instead of [id]")
          .hasMessageContaining("./tidemark drop");
    }
  }

  /** The target computes it still; a row with it must not be applied there. */
  @Test
  void aColumnThatIsNoLongerGeneratedIsNoticed() {
    ColumnType type = new ColumnType(INT4, -1);
    Relation relation =
        new Relation(
            1,
            "public",
            "t",
            'd',
            List.of(
                new RelationColumn(true, "id", INT4, -1),
                new RelationColumn(false, "g", INT4, -1)));
    assertThatThrownBy(
            () ->
                RelationLayout.of(
                    TABLE,
                    relation,
                    new Announced(1, Map.of("id", type, "g", type), Set.of("g"), true)))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("table public.t was altered: the log has values of column g")
        .hasMessageContaining("./tidemark drop");
  }

  @Test
  void noIdentityLeavesTheKeyAsItIs() {
    assertThat(layout('n', false).table()).isEqualTo(TABLE);
    assertThat(layout('f', true).table()).isEqualTo(TABLE);
  }
}
