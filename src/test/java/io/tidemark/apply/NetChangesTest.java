package io.tidemark.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.apply.NetChanges.Net;
import io.tidemark.apply.NetChanges.Single;
import io.tidemark.apply.NetChanges.Step;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.change.RowChange.Delete;
import io.tidemark.change.RowChange.Insert;
import io.tidemark.change.RowChange.Put;
import io.tidemark.change.RowChange.Remove;
import io.tidemark.change.RowChange.Truncate;
import io.tidemark.change.RowChange.Update;
import io.tidemark.database.TargetWriter.RowBatch;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class NetChangesTest {

  private static final Table TABLE =
      new Table(
          new TableId("s", "t"),
          List.of(
              new Column("id", "numeric", false),
              new Column("a", "text", true),
              new Column("big", "text", true)),
          Optional.of(new PrimaryKey(List.of("id"))));
  private static final Table KEYLESS =
      new Table(new TableId("s", "k"), List.of(new Column("a", "text", true)), Optional.empty());

  @Test
  void reducesEveryPairOfChangesOfOneKey() {
    assertThat(net(insert("1", "a", "x"), update("1", "b", "y")))
        .containsExactly(batch(List.of(), List.of(), List.of(row("1", "b", "y"))));
    assertThat(net(insert("1", "a", "x"), delete("1"))).isEmpty();
    assertThat(net(delete("1"), insert("1", "a", "x")))
        .containsExactly(batch(List.of(), List.of(row("1", "a", "x")), List.of()));
    assertThat(net(partial("1", "a"), partial("1", "b")))
        .containsExactly(batch(List.of(), List.of(partialRow("1", "b")), List.of()));
    assertThat(net(update("1", "a", "x"), partial("1", "b")))
        .containsExactly(batch(List.of(), List.of(row("1", "b", "x")), List.of()));
    assertThat(net(insert("1", "a", "x"), partial("1", "b")))
        .containsExactly(batch(List.of(), List.of(), List.of(row("1", "b", "x"))));
    assertThat(net(update("1", "a", "x"), delete("1"))).hasSize(1);
    assertThat(net(move("1", row("2", "a", "x"))))
        .containsExactly(batch(List.of(keyRow("1")), List.of(), List.of(row("2", "a", "x"))));
  }

  @Test
  void aKeyChangeWithAnUnknownValueIsAppliedAloneAfterWhatCameBefore() {
    Update move = move("1", partialRow("2", "b"));
    assertThat(net(partial("1", "a"), move, partial("2", "c")))
        .containsExactly(
            batch(List.of(), List.of(partialRow("1", "a")), List.of()),
            new Single(move),
            batch(List.of(), List.of(partialRow("2", "c")), List.of()));
  }

  @Test
  void aKeyChangeIsCompletedFromWhatIsGathered() {
    assertThat(net(insert("1", "a", "x"), move("1", partialRow("2", "b"))))
        .containsExactly(batch(List.of(), List.of(), List.of(row("2", "b", "x"))));
  }

  @Test
  void aTruncateKeepsItsPlace() {
    Truncate truncate = new Truncate(List.of(TABLE));
    assertThat(net(insert("1", "a", "x"), truncate, insert("1", "b", "y")))
        .containsExactly(
            batch(List.of(), List.of(), List.of(row("1", "a", "x"))),
            new Single(truncate),
            batch(List.of(), List.of(), List.of(row("1", "b", "y"))));
  }

  @Test
  void rowsOfTwoVersionsOfATableAreNotMixed() {
    Table altered = new Table(TABLE.id(), 1, TABLE.columns(), TABLE.key());
    Row after = row("1", "b", "y");
    assertThat(net(insert("1", "a", "x"), new Update(altered, Optional.empty(), after)))
        .containsExactly(
            batch(List.of(), List.of(), List.of(row("1", "a", "x"))),
            new Net(new RowBatch(altered, List.of(), List.of(after), List.of())));
  }

  @Test
  void withoutKeyOnlyInsertsAreGathered() {
    Row one = Row.ofText(List.of("1"));
    Delete delete = new Delete(KEYLESS, one);
    assertThat(net(new Insert(KEYLESS, one), new Insert(KEYLESS, one), delete))
        .containsExactly(
            new Net(new RowBatch(KEYLESS, List.of(), List.of(), List.of(one, one))),
            new Single(delete));
  }

  @Test
  void whatContradictsItselfIsAppliedAloneSoThatTheDatabaseRefusesIt() {
    assertThat(net(delete("1"), delete("1"))).contains(new Single(delete("1")));
    assertThat(net(insert("1", "a", "x"), insert("1", "b", "y")))
        .contains(new Single(insert("1", "b", "y")));
    assertThat(net(delete("1"), partial("1", "a"))).contains(new Single(partial("1", "a")));
  }

  /**
   * Random histories on few keys, of which some are different texts of one number, against a model
   * in which equal numbers are one key. At every moment the model refuses what a database would.
   */
  @Property(tries = 2000)
  void theNetChangesDoWhatAllChangesDoOneAfterTheOther(@ForAll long seed) {
    Random random = new Random(seed);
    Model before = new Model();
    for (RowChange change : history(random, before, random.nextInt(6))) {
      before.apply(change);
    }
    Model sequential = before.copy();
    List<RowChange> history = history(random, before, 1 + random.nextInt(30));
    history.forEach(sequential::apply);

    NetChanges changes = new NetChanges();
    history.forEach(changes::add);
    Model net = before.copy();
    changes.steps().forEach(net::apply);

    assertThat(net.rows).isEqualTo(sequential.rows);
    assertThat(changes.changes()).isEqualTo(history);
  }

  /**
   * A copy that has the first of some changes already, and nobody knows how many: all that are in
   * doubt are applied so that it does not matter, and those behind them as usual.
   */
  @Property(tries = 2000)
  void changesInDoubtEndWhereTheSourceIs(@ForAll long seed) {
    Random random = new Random(seed);
    Model source = new Model();
    List<RowChange> history = history(random, source, 1 + random.nextInt(30));
    int doubted = random.nextInt(history.size() + 1);
    int copied = random.nextInt(doubted + 1);
    Model target = new Model();
    NetChanges changes = new NetChanges();
    for (int i = 0; i < history.size(); i++) {
      RowChange change = history.get(i);
      source.apply(change);
      if (i < copied) {
        target.apply(change);
      }
      (i < doubted ? source.inDoubt(change) : List.of(change)).forEach(changes::add);
    }
    changes.steps().forEach(target::apply);
    assertThat(target.rows).isEqualTo(source.rows);
  }

  /** Changes that are possible one after the other from {@code start} on. */
  private static List<RowChange> history(Random random, Model start, int size) {
    Model now = start.copy();
    List<RowChange> history = new ArrayList<>();
    List<String> texts = List.of("1", "1.0", "1.00", "2", "2.0", "3");
    while (history.size() < size) {
      String text = texts.get(random.nextInt(texts.size()));
      List<String> there = now.rows.get(new BigDecimal(text).stripTrailingZeros());
      String value = "v" + random.nextInt(5);
      RowChange change;
      if (there == null) {
        change = insert(text, value, "b" + random.nextInt(5));
      } else {
        String key = there.get(0);
        change =
            switch (random.nextInt(6)) {
              case 0 -> delete(key);
              case 1 -> partial(key, value);
              case 2 -> update(key, value, "b" + random.nextInt(5));
              case 3 -> move(key, row(freeKey(now, texts, random, key), value, "b9"));
              case 4 -> move(key, partialRow(freeKey(now, texts, random, key), value));
              default ->
                  random.nextInt(5) == 0 ? new Truncate(List.of(TABLE)) : partial(key, value);
            };
      }
      now.apply(change);
      history.add(change);
    }
    return history;
  }

  /** A key that the row with {@code key} may take; perhaps another text of its own. */
  private static String freeKey(Model now, List<String> texts, Random random, String key) {
    List<String> free =
        texts.stream()
            .filter(
                text ->
                    new BigDecimal(text).compareTo(new BigDecimal(key)) == 0
                        || !now.rows.containsKey(new BigDecimal(text).stripTrailingZeros()))
            .toList();
    return free.get(random.nextInt(free.size()));
  }

  /** A table whose key is a number: texts of the same number are the same key. */
  private static final class Model {
    private final Map<BigDecimal, List<String>> rows = new TreeMap<>();

    Model copy() {
      Model copy = new Model();
      rows.forEach((key, row) -> copy.rows.put(key, List.copyOf(row)));
      return copy;
    }

    /** A change that was just applied here, as one that expects nothing. */
    List<RowChange> inDoubt(RowChange change) {
      if (change instanceof Insert insert) {
        return List.of(new Put(TABLE, insert.row()));
      }
      if (change instanceof Delete delete) {
        return List.of(new Remove(TABLE, delete.before()));
      }
      if (change instanceof Update update) {
        Put put = new Put(TABLE, Row.ofText(rows.get(key(update.after()))));
        return update.changesKey()
            ? List.of(new Remove(TABLE, update.before().orElseThrow()), put)
            : List.of(put);
      }
      return List.of(change);
    }

    void apply(Step step) {
      if (step instanceof Single single) {
        apply(single.change());
      } else if (step instanceof Net net) {
        net.batch().removals().forEach(row -> apply(new Remove(TABLE, row)));
        net.batch().deletes().forEach(row -> apply(new Delete(TABLE, row)));
        net.batch().updates().forEach(row -> apply(new Update(TABLE, Optional.empty(), row)));
        net.batch().inserts().forEach(row -> apply(new Insert(TABLE, row)));
      }
    }

    void apply(RowChange change) {
      if (change instanceof Insert insert) {
        assertThat(rows.put(key(insert.row()), texts(insert.row(), List.of("", "", "")))).isNull();
      } else if (change instanceof Delete delete) {
        assertThat(rows.remove(key(delete.before()))).isNotNull();
      } else if (change instanceof Update update) {
        List<String> old = rows.remove(key(update.before().orElse(update.after())));
        assertThat(old).isNotNull();
        assertThat(rows.put(key(update.after()), texts(update.after(), old))).isNull();
      } else if (change instanceof Put put) {
        rows.put(key(put.row()), texts(put.row(), List.of("", "", "")));
      } else if (change instanceof Remove remove) {
        rows.remove(key(remove.before()));
      } else {
        rows.clear();
      }
    }

    private static BigDecimal key(Row row) {
      return new BigDecimal(row.text(0)).stripTrailingZeros();
    }

    private static List<String> texts(Row row, List<String> old) {
      List<String> texts = new ArrayList<>();
      for (int field = 0; field < row.size(); field++) {
        texts.add(row.isPresent(field) ? row.text(field) : old.get(field));
      }
      return List.copyOf(texts);
    }
  }

  private static List<Step> net(RowChange... changes) {
    NetChanges net = new NetChanges();
    Arrays.stream(changes).forEach(net::add);
    return net.steps();
  }

  private static Net batch(List<Row> deletes, List<Row> updates, List<Row> inserts) {
    return new Net(new RowBatch(TABLE, deletes, updates, inserts));
  }

  private static Insert insert(String key, String a, String big) {
    return new Insert(TABLE, row(key, a, big));
  }

  private static Update update(String key, String a, String big) {
    return new Update(TABLE, Optional.empty(), row(key, a, big));
  }

  private static Update partial(String key, String a) {
    return new Update(TABLE, Optional.empty(), partialRow(key, a));
  }

  private static Update move(String key, Row after) {
    return new Update(TABLE, Optional.of(keyRow(key)), after);
  }

  private static Delete delete(String key) {
    return new Delete(TABLE, keyRow(key));
  }

  private static Row row(String key, String a, String big) {
    return Row.ofText(List.of(key, a, big));
  }

  private static Row keyRow(String key) {
    return fields(Row.ofText(List.of(key)), 1);
  }

  private static Row partialRow(String key, String a) {
    return fields(Row.ofText(List.of(key, a)), 2);
  }

  /** The first fields of a row of {@link #TABLE}; the others are absent. */
  private static Row fields(Row present, int size) {
    Row.Builder row = Row.builder(present.array(), 3);
    for (int field = 0; field < size; field++) {
      row.setValue(field, present.offset(field), present.length(field));
    }
    return row.build();
  }
}
