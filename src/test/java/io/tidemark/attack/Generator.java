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

/** Makes up what a seed does. The same seed always does the same. */
abstract class Generator {

  /** A table that comes and goes while tables are selected by a pattern. */
  static final String LATE = "late";

  private static final int MOST_TABLES = 3;
  private static final int FEWEST_STEPS = 6;
  private static final int MOST_MORE_STEPS = 16;

  /**
   * A form of statement in {@link Wording}'s terms, or of several with {@code ;;} between them, and
   * what it can do.
   */
  record Form(Weight weight, String text) {}

  private final Vendor vendor;
  private final long seed;
  private final List<Step> steps = new ArrayList<>();
  private final List<String> setup = new ArrayList<>();
  private final List<Shape> shapes = new ArrayList<>();
  private final List<Form> used = new ArrayList<>();
  private final boolean[] open = new boolean[Scenario.SESSIONS];
  final Random random;
  private Terms terms = Terms.of(List.of());
  private boolean running = true;
  private int names;

  Generator(Vendor vendor, long seed) {
    this.vendor = vendor;
    this.seed = seed;
    this.random = new Random(seed);
  }

  private static Generator of(Vendor vendor, long seed) {
    return vendor == Vendor.POSTGRES
        ? new PostgresGenerator(seed)
        : new MySqlGenerator(vendor, seed);
  }

  /** What a seed of a vendor does. */
  static Scenario scenario(Vendor vendor, long seed) {
    return of(vendor, seed).make();
  }

  /** What of the grammar a seed of a vendor has in it: forms, and what its job file says. */
  static List<String> contents(Vendor vendor, long seed) {
    Generator generator = of(vendor, seed);
    Scenario scenario = generator.make();
    List<String> contents = new ArrayList<>();
    generator.used.forEach(form -> contents.add(form.text()));
    scenario.steps().forEach(step -> contents.add(step.act().name()));
    Terms terms = scenario.terms();
    Map.of(
            "columns", !terms.columns().isEmpty(),
            "where", !terms.filters().isEmpty(),
            "rename", !terms.renamed().isEmpty(),
            "pattern", !scenario.late().isEmpty(),
            "lock: none", terms.lockless(),
            "prepared", scenario.beginsPrepared())
        .forEach(
            (name, there) -> {
              if (there) {
                contents.add(name);
              }
            });
    return contents;
  }

  /** Makes a table, with statements that are executed before the stream begins. */
  abstract Shape makeTable(String name);

  /** What is there besides tables. */
  abstract List<String> surroundings();

  /** What the grammar knows that changes no rows by the log. */
  abstract List<Form> changes();

  /** Those of them that a job which ignores changes of the schema passes over, as it says. */
  abstract List<Form> passedOver();

  /** The same where tables come and go by a pattern. */
  abstract List<Form> comings();

  /** What the grammar knows that somebody else may do to the target. */
  abstract List<Form> targetChanges();

  /** What changes rows. */
  abstract List<String> writes();

  /** Puts a few rows in, where there are none with these keys. */
  abstract String insertNew(Shape shape);

  /** A literal for a column. */
  abstract String value(String type);

  abstract List<String> types();

  /** The schema of the copied tables, as a selection names it. */
  abstract String schema();

  /** What a pattern for a whole schema leaves out. */
  abstract List<String> leftOut();

  /** A column's type as a statement that changes the column gives it. */
  abstract String declared(String type);

  /** Whether a table's rows may have to meet a condition; makes the server ready for that. */
  abstract boolean takesFilter(Shape shape);

  private Scenario make() {
    setup.add("CREATE TABLE %s (id int PRIMARY KEY)".formatted(Scenario.MARKERS));
    setup.addAll(surroundings());
    int tables = 1 + random.nextInt(MOST_TABLES);
    for (int i = 0; i < tables; i++) {
      shapes.add(makeTable("t" + i));
    }
    for (Shape shape : shapes) {
      for (int i = random.nextInt(4); i >= 0; i--) {
        setup.add(insertNew(shape));
      }
    }
    boolean byPattern = chance(4);
    terms = makeTerms(byPattern);
    Map<String, List<String>> copied = new LinkedHashMap<>();
    copied.put(Scenario.MARKERS, List.of("id"));
    shapes.forEach(
        shape ->
            copied.put(shape.name(), terms.columns().getOrDefault(shape.name(), shape.copied())));
    if (byPattern) {
      copied.put(LATE, List.of("id", "v"));
    }
    List<String> partitioned =
        shapes.stream().filter(Shape::isPartitioned).map(Shape::name).toList();
    makeSteps(byPattern);
    return new Scenario(
        vendor,
        seed,
        List.copyOf(setup),
        terms,
        copied,
        partitioned,
        byPattern ? List.of(LATE) : List.of(),
        List.copyOf(steps));
  }

  private Terms makeTerms(boolean byPattern) {
    List<String> patterns = new ArrayList<>();
    if (byPattern) {
      patterns.add(schema() + ".*");
      leftOut().forEach(name -> patterns.add("!" + schema() + "." + name));
    } else {
      patterns.add(schema() + "." + Scenario.MARKERS);
      shapes.forEach(shape -> patterns.add(schema() + "." + shape.name()));
    }
    Map<String, List<String>> columns = new LinkedHashMap<>();
    Map<String, String> filters = new LinkedHashMap<>();
    Map<String, String> renamed = new LinkedHashMap<>();
    for (Shape shape : shapes) {
      if (chance(6)) {
        List<String> some = new ArrayList<>(shape.copied());
        some.removeIf(
            column ->
                isMade(shape.columns().getOrDefault(column, ""))
                    || column.startsWith("c") && chance(2));
        columns.put(shape.name(), some);
      }
      if (chance(6) && takesFilter(shape)) {
        filters.put(
            shape.name(), any("v > 20", "v IS NOT NULL AND v <> 3", "id < 300", "mod(id, 2) = 0"));
      }
      if (chance(6)) {
        renamed.put(shape.name(), "moved_" + shape.name());
      }
    }
    SchemaChanges mode = chance(4) ? SchemaChanges.IGNORE : SchemaChanges.STOP;
    boolean lockless = vendor != Vendor.POSTGRES && chance(4);
    return new Terms(patterns, columns, filters, renamed, lockless, mode);
  }

  private void makeSteps(boolean byPattern) {
    List<Form> forms = new ArrayList<>(changes());
    if (terms.schemaChanges() == SchemaChanges.IGNORE) {
      forms.removeAll(passedOver());
    }
    List<Form> moves = byPattern ? comings() : List.of();
    // Often enough to be met in a seed that knows them.
    for (int i = 0; i < 6; i++) {
      forms.addAll(moves);
    }
    int count = FEWEST_STEPS + random.nextInt(MOST_MORE_STEPS);
    // Many a seed that stops at its first change has little to say; so some change little.
    int changing = 1 + random.nextInt(4);
    // Some know nothing but what must not stop a stream.
    boolean harmlessOnly = chance(3);
    boolean atTheTarget = chance(4);
    if (chance(5)) {
      steps.add(Step.of(Act.PREPARE));
      running = false;
    } else if (chance(2)) {
      steps.add(Step.of(Act.WAIT));
    }
    for (int i = 0; i < count; i++) {
      int roll = random.nextInt(20);
      if (roll == 0 || (roll == 19 && !running)) {
        turn();
      } else if (roll == 1 && running) {
        steps.add(Step.of(Act.WAIT));
      } else if (roll < 4) {
        control(random.nextInt(Scenario.SESSIONS));
      } else if (roll < 4 + 2 * changing) {
        change(forms, harmlessOnly);
      } else if (roll == 18 && atTheTarget) {
        changeTarget(harmlessOnly);
      } else {
        int session = random.nextInt(Scenario.SESSIONS);
        boolean late = byPattern && chance(6);
        String sql =
            late ? Wording.of(this, "INSERT INTO late (id, v) VALUES ({far}, {id})") : write();
        steps.add(Step.sql(session, sql, Weight.ROWS));
      }
    }
    endTransactions();
    if (!running) {
      steps.add(Step.of(Act.START));
    }
    steps.add(Step.sql(0, write(), Weight.ROWS));
  }

  /** Stops the job, prepares its next run, or starts it. */
  private void turn() {
    endTransactions();
    if (running) {
      steps.add(Step.of(Act.STOP));
      running = false;
    } else if (steps.get(steps.size() - 1).act() != Act.PREPARE && chance(3)) {
      steps.add(Step.of(Act.PREPARE));
    } else {
      steps.add(Step.of(Act.START));
      running = true;
      if (chance(2)) {
        steps.add(Step.of(Act.WAIT));
      }
    }
  }

  private void change(List<Form> forms, boolean harmlessOnly) {
    int session = random.nextInt(Scenario.SESSIONS);
    // Locks that another session holds would only make it fail.
    for (int other = 0; other < Scenario.SESSIONS; other++) {
      if (other != session) {
        end(other);
      }
    }
    Form form = choose(forms, harmlessOnly);
    for (String sql : statements(form)) {
      steps.add(Step.sql(session, sql, form.weight()));
    }
  }

  private void changeTarget(boolean harmlessOnly) {
    Form form = choose(targetChanges(), harmlessOnly);
    for (String sql : statements(form)) {
      steps.add(new Step(Act.TARGET, 0, sql, form.weight()));
    }
  }

  private Form choose(List<Form> forms, boolean harmlessOnly) {
    Form form = pick(forms);
    while (harmlessOnly && form.weight() != Weight.HARMLESS) {
      form = pick(forms);
    }
    used.add(form);
    return form;
  }

  private List<String> statements(Form form) {
    return Arrays.stream(Wording.of(this, form.text()).split(";;", -1))
        .map(String::strip)
        .filter(sql -> !sql.isEmpty())
        .toList();
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

  /** A statement that changes rows. */
  final String write() {
    return Wording.of(this, pick(writes()));
  }

  /** A few rows, as what follows {@code INSERT}. */
  final String rows(Shape shape) {
    StringBuilder sql = new StringBuilder("INTO " + shape.name() + " (id");
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

  /** Columns of any type, and {@code v}, and now and then one that the server computes. */
  final Shape makeColumns(String name, String made) {
    Shape shape = new Shape(name);
    for (int i = random.nextInt(4); i >= 0; i--) {
      shape.columns().put("c" + i, pick(types()));
    }
    shape.columns().put("v", "int");
    if (chance(4)) {
      shape.columns().put(Shape.COMPUTED, made);
    }
    return shape;
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

  /** A number that no other name has. */
  final String fresh() {
    return String.valueOf(names++);
  }

  final void prepare(String... statements) {
    setup.addAll(Arrays.asList(statements));
  }

  final Shape table() {
    return pick(shapes);
  }

  /** The name of a table at the target. */
  final String targetOf(String table) {
    return terms.targetOf(table);
  }

  /** A column other than {@code id}; there always is one. */
  final String column(Shape shape) {
    return pick(List.copyOf(shape.columns().keySet()));
  }

  final String anyType() {
    return pick(types());
  }

  final <T> T pick(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  @SafeVarargs
  final <T> T any(T... all) {
    return all[random.nextInt(all.length)];
  }

  static List<Form> forms(Weight weight, String... texts) {
    return Arrays.stream(texts).map(text -> new Form(weight, text)).toList();
  }

  @SafeVarargs
  static List<Form> all(List<Form>... parts) {
    return Arrays.stream(parts).flatMap(List::stream).toList();
  }
}
