package io.tidemark.database.postgres.log;

import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.postgres.log.PgOutputMessage.Relation;
import io.tidemark.database.postgres.log.PgOutputMessage.RelationColumn;
import io.tidemark.database.postgres.write.ParameterArrays;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** From a message of {@code pgoutput} to the parameters of a statement, for a row of 200 bytes. */
@State(Scope.Benchmark)
public class PgOutputBenchmark {

  private static final int RELATION = 16_384;
  private static final int ROWS = 1_000;

  private static final List<String> VALUES =
      List.of(
          "1234567",
          "567",
          "fcea920f7412b5da7be0cf42b8c93759",
          "2026-11-23 10:15:30.123456+00",
          "91342.37",
          "5f4dcc3b5aa765d61d8327deb882cf99".repeat(4));

  private final byte[] message = update();
  private final RelationLayout layout = layout();
  private final List<Row> rows = Collections.nCopies(ROWS, change().after());

  /** One message, as it comes from the connection. */
  @Benchmark
  public Object decode() {
    return PgOutputDecoder.decode(ByteBuffer.wrap(message));
  }

  /** The same, to the change that goes to the target. */
  @Benchmark
  public RowChange.Update change() {
    PgOutputMessage.Update update =
        (PgOutputMessage.Update) PgOutputDecoder.decode(ByteBuffer.wrap(message));
    return layout.update(update.before(), update.after());
  }

  /** One row of many whose fields become array parameters. */
  @Benchmark
  @OperationsPerInvocation(ROWS)
  public Object parameters() {
    return ParameterArrays.of(rows, new int[] {0, 1, 2, 3, 4, 5}).encoded();
  }

  private static byte[] update() {
    List<Object> parts = new ArrayList<>(List.of('U', RELATION, 'N', (short) VALUES.size()));
    VALUES.forEach(value -> parts.addAll(List.of('t', value.length(), value)));
    return PgOutputDecoderTest.message(parts.toArray());
  }

  private static RelationLayout layout() {
    List<String> names = List.of("id", "n", "hash", "changed", "amount", "note");
    List<Column> columns = new ArrayList<>();
    List<RelationColumn> related = new ArrayList<>();
    for (String name : names) {
      columns.add(new Column(name, "text", true));
      related.add(new RelationColumn(name.equals("id"), name, 25, -1));
    }
    Table table =
        new Table(
            new TableId("public", "item"), columns, Optional.of(new PrimaryKey(List.of("id"))));
    RelationLayout.ColumnType text = new RelationLayout.ColumnType(25, -1);
    return RelationLayout.of(
        table,
        new Relation(RELATION, "public", "item", 'd', related),
        new RelationLayout.Announced(
            RELATION,
            Map.of(
                "id", text, "n", text, "hash", text, "changed", text, "amount", text, "note", text),
            Set.of(),
            true));
  }
}
