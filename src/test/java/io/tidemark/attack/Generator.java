package io.tidemark.attack;

import io.tidemark.attack.Step.Act;
import io.tidemark.attack.Step.Weight;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.settings.SchemaChanges;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/** Makes up what a seed does. The same seed always does the same. */
abstract class Generator {

  private static final int MOST_TABLES = 3;
  private static final int FEWEST_STEPS = 6;
  private static final int MOST_MORE_STEPS = 16;

  /** A form of statement, and what it can do. */
  record Form(Weight weight, Supplier<String> sql) {}

  private final Vendor vendor;
  private final long seed;
  private final List<Step> steps = new ArrayList<>();
  private final List<String> setup = new ArrayList<>();
  private final List<Shape> shapes = new ArrayList<>();
  private final boolean[] open = new boolean[Scenario.SESSIONS];
  final Random random;
  private int names;

  Generator(Vendor vendor, long seed) {
    this.vendor = vendor;
    this.seed = seed;
    this.random = new Random(seed);
  }

  /** What a seed of a vendor does. */
  static Scenario scenario(Vendor vendor, long seed) {
    Generator generator =
        vendor == Vendor.POSTGRES ? new PostgresGenerator(seed) : new MySqlGenerator(vendor, seed);
    return generator.make();
  }

  /** Makes a table, with statements that are executed before the stream begins. */
  abstract Shape makeTable(String name);

  /** What is there besides tables. */
  abstract List<String> surroundings();

  /** What the grammar knows that changes no rows by the log. */
  abstract List<Form> changes();

  /** What changes rows. */
  abstract String write();

  /** Puts a few rows in, where there are none with these keys. */
  abstract String insertNew(Shape shape);

  /** A literal for a column. */
  abstract String value(String type);

  abstract String pattern(String table);

  private Scenario make() {
    setup.add("CREATE TABLE %s (id int PRIMARY KEY)".formatted(Scenario.MARKERS));
    setup.addAll(surroundings());
    int tables = 1 + random.nextInt(MOST_TABLES);
    for (int i = 0; i < tables; i++) {
      shapes.add(makeTable("t" + i));
    }
    Map<String, List<String>> copied = new LinkedHashMap<>();
    copied.put(Scenario.MARKERS, List.of("id"));
    shapes.forEach(shape -> copied.put(shape.name(), shape.copied()));
    List<String> partitioned =
        shapes.stream().filter(Shape::isPartitioned).map(Shape::name).toList();
    for (Shape shape : shapes) {
      for (int i = random.nextInt(4); i >= 0; i--) {
        setup.add(insertNew(shape));
      }
    }
    List<String> patterns = copied.keySet().stream().map(this::pattern).toList();
    SchemaChanges mode = random.nextInt(4) == 0 ? SchemaChanges.IGNORE : SchemaChanges.STOP;
    makeSteps();
    return new Scenario(
        vendor, seed, List.copyOf(setup), patterns, copied, partitioned, mode, List.copyOf(steps));
  }

  private void makeSteps() {
    List<Form> forms = changes();
    int count = FEWEST_STEPS + random.nextInt(MOST_MORE_STEPS);
    // Many a seed that stops at its first change has little to say; so some change little.
    int changing = 1 + random.nextInt(4);
    // Some know nothing but what must not stop a stream.
    boolean harmlessOnly = chance(3);
    boolean running = true;
    if (chance(2)) {
      steps.add(Step.of(Act.WAIT));
    }
    for (int i = 0; i < count; i++) {
      int roll = random.nextInt(20);
      if (roll == 0) {
        endTransactions();
        steps.add(Step.of(running ? Act.STOP : Act.START));
        running = !running;
        if (running && chance(2)) {
          steps.add(Step.of(Act.WAIT));
        }
      } else if (roll == 1 && running) {
        steps.add(Step.of(Act.WAIT));
      } else if (roll < 4) {
        control(random.nextInt(Scenario.SESSIONS));
      } else if (roll < 4 + 2 * changing) {
        change(forms, harmlessOnly);
      } else {
        int session = random.nextInt(Scenario.SESSIONS);
        steps.add(Step.sql(session, write(), Weight.ROWS));
      }
    }
    endTransactions();
    if (!running) {
      steps.add(Step.of(Act.START));
    }
    steps.add(Step.sql(0, write(), Weight.ROWS));
  }

  private void change(List<Form> forms, boolean harmlessOnly) {
    Form form = pick(forms);
    while (harmlessOnly && form.weight() != Weight.HARMLESS) {
      form = pick(forms);
    }
    int session = random.nextInt(Scenario.SESSIONS);
    // Locks that another session holds would only make it fail.
    for (int other = 0; other < Scenario.SESSIONS; other++) {
      if (other != session) {
        end(other);
      }
    }
    for (String sql : form.sql().get().split(";;", -1)) {
      if (!sql.isBlank()) {
        steps.add(Step.sql(session, sql.strip(), form.weight()));
      }
    }
  }

  /** Begins, halves or ends a transaction. */
  private void control(int session) {
    if (!open[session]) {
      open[session] = true;
      steps.add(Step.sql(session, "BEGIN", Weight.ROWS));
    } else if (chance(3)) {
      steps.add(
          Step.sql(session, chance(2) ? "SAVEPOINT s" : "ROLLBACK TO SAVEPOINT s", Weight.ROWS));
    } else {
      end(session);
    }
  }

  private void end(int session) {
    if (open[session]) {
      open[session] = false;
      steps.add(Step.sql(session, chance(4) ? "ROLLBACK" : "COMMIT", Weight.ROWS));
    }
  }

  private void endTransactions() {
    for (int session = 0; session < Scenario.SESSIONS; session++) {
      end(session);
    }
  }

  /** Puts a few rows in. */
  final String insert(Shape shape) {
    StringBuilder sql = new StringBuilder("INSERT INTO " + shape.name() + " (id");
    shape.columns().forEach((column, type) -> sql.append(isMade(type) ? "" : ", " + column));
    sql.append(") VALUES ");
    int rows = 1 + random.nextInt(3);
    for (int row = 0; row < rows; row++) {
      sql.append(row == 0 ? "(" : ", (").append(id());
      shape.columns().forEach((column, type) -> sql.append(isMade(type) ? "" : ", " + value(type)));
      sql.append(')');
    }
    return sql.toString();
  }

  /** Whether the database computes a column of this type. */
  static boolean isMade(String type) {
    return type.contains("GENERATED") || type.contains(" AS (");
  }

  final int id() {
    return 1 + random.nextInt(60);
  }

  /** One time in {@code n}. */
  final boolean chance(int n) {
    return random.nextInt(n) == 0;
  }

  final String fresh(String prefix) {
    return prefix + names++;
  }

  final void prepare(String... statements) {
    setup.addAll(Arrays.asList(statements));
  }

  final List<Shape> shapes() {
    return shapes;
  }

  final Shape table() {
    return pick(shapes);
  }

  final String name() {
    return table().name();
  }

  /** A column other than {@code id}; there always is one. */
  final String column(Shape shape) {
    return shape.columns().isEmpty() ? "id" : pick(List.copyOf(shape.columns().keySet()));
  }

  final <T> T pick(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  @SafeVarargs
  final <T> T any(T... all) {
    return all[random.nextInt(all.length)];
  }

  static Form harmless(Supplier<String> sql) {
    return new Form(Weight.HARMLESS, sql);
  }

  static Form meaning(Supplier<String> sql) {
    return new Form(Weight.MEANING, sql);
  }

  static Form unplaced(Supplier<String> sql) {
    return new Form(Weight.UNPLACED, sql);
  }
}
