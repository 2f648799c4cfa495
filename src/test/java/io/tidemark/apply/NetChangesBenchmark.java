package io.tidemark.apply;

import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What it costs to reduce a batch of updates of random rows to their net effect, per change. */
@State(Scope.Benchmark)
public class NetChangesBenchmark {

  private static final int CHANGES = 20_000;
  private static final int KEYS = 1_000_000;

  private final List<RowChange> changes = changes();

  @Benchmark
  @OperationsPerInvocation(CHANGES)
  public Object net() {
    NetChanges net = new NetChanges();
    changes.forEach(net::add);
    return net.steps();
  }

  private static List<RowChange> changes() {
    Table table =
        new Table(
            new TableId("public", "item"),
            List.of(new Column("id", "bigint", false), new Column("note", "text", true)),
            Optional.of(new PrimaryKey(List.of("id"))));
    Random random = new Random(1);
    List<RowChange> changes = new ArrayList<>();
    for (int i = 0; i < CHANGES; i++) {
      Row row = Row.ofText(List.of(String.valueOf(random.nextInt(KEYS)), "x".repeat(200)));
      changes.add(new RowChange.Update(table, Optional.empty(), row));
    }
    return changes;
  }
}
