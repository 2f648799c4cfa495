package io.tidemark.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TableTest {

  private static final Table OPENED =
      new Table(
          new TableId("s", "t"),
          List.of(new Column("id", "bigint", false), new Column("a", "text", true)),
          Optional.of(new PrimaryKey(List.of("id"))));
  private static final Table ALTERED = new Table(OPENED.id(), 3, OPENED.columns(), OPENED.key());

  @Test
  void versionsAreNeverEqual() {
    assertThat(OPENED.version()).isZero();
    assertThat(ALTERED).isNotEqualTo(OPENED);
    assertThat(ALTERED).isEqualTo(new Table(OPENED.id(), 3, OPENED.columns(), OPENED.key()));
    assertThat(ALTERED.hashCode()).isNotEqualTo(OPENED.hashCode());
    assertThatThrownBy(() -> new Table(OPENED.id(), -1, OPENED.columns(), OPENED.key()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
  }

  /** Tables travel in the messages between the source's coordinator and its readers. */
  @Test
  void theVersionTravels() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(ALTERED);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isEqualTo(ALTERED);
    }
  }
}
