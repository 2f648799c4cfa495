package io.tidemark.job;

import io.tidemark.job.Settings.Value;
import io.tidemark.job.TidemarkJob.Copy.Lock;
import io.tidemark.schema.Known;
import io.tidemark.schema.TableId;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.SchemaChanges;
import io.tidemark.settings.Selection;
import io.tidemark.settings.StreamNames;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads job files: YAML, strictly, every problem at once and before any connection is made. Never
 * throws anything but a {@link JobFileException} on account of what a file holds.
 */
public final class JobFile {

  private static final Set<String> TOP =
      Set.of("name", "source", "target", "rename", "copy", "checkpoint");

  /** What each section may hold. */
  private static final Map<String, Set<String>> SECTIONS =
      new TreeMap<>(
          Map.of(
              "source",
                  Set.of(
                      "url",
                      "user",
                      "password",
                      "tables",
                      "columns",
                      "where",
                      "schema-changes",
                      "tinyint1",
                      "publication"),
              "target", Set.of("url", "user", "password", "existing", "on-bad-value"),
              "rename", Set.of("schemas", "tables"),
              "copy", Set.of("cycle", "chunk-rows", "parallelism", "log-limit", "lock"),
              "checkpoint", Set.of("interval", "directory")));

  /** Much more than a job needs; a larger file is something else. */
  private static final int MOST_BYTES = 1 << 20;

  private final Problems problems = new Problems();
  private final Placeholders placeholders;

  private JobFile(Placeholders placeholders) {
    this.placeholders = placeholders;
  }

  /**
   * Reads and checks a file.
   *
   * @throws JobFileException with everything that is wrong with it
   */
  public static TidemarkJob read(Path file) {
    Problems problems = new Problems();
    String text = "";
    try {
      text = text(file, problems);
    } catch (CharacterCodingException e) {
      problems.add(1, "the file is not UTF-8 text");
    } catch (IOException e) {
      problems.add(1, Files.exists(file) ? "the file cannot be read" : "there is no such file");
    }
    problems.throwIfAny(file.toString());
    Path directory = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(file);
    return parse(file.toString(), text, System::getenv, directory);
  }

  /** Reads no more than a job file can have, whatever the file says of its size. */
  private static String text(Path file, Problems problems) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        problems.add(1, "the file is too large for a job file, which has a megabyte at most");
        return "";
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    }
  }

  /**
   * Checks a file's text.
   *
   * @param file what messages call it
   * @param environment the value of an environment variable, or null
   * @param directory what paths in the file are relative to
   */
  static TidemarkJob parse(
      String file, String text, UnaryOperator<@Nullable String> environment, Path directory) {
    JobFile reader = new JobFile(new Placeholders(environment, directory));
    Optional<Node> root = reader.compose(text);
    reader.problems.throwIfAny(file);
    Settings settings =
        Settings.of(root.orElseThrow(), "", reader.problems, reader.placeholders).allow(TOP);
    Optional<TidemarkJob> job = reader.job(settings);
    reader.problems.throwIfAny(file);
    return job.orElseThrow();
  }

  /** The section that has a setting of this name, for hints. */
  static Optional<String> sectionOf(String name) {
    return SECTIONS.entrySet().stream()
        .filter(section -> section.getValue().contains(name))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private Optional<Node> compose(String text) {
    if (text.length() > MOST_BYTES) {
      problems.add(1, "the text is too large for a job file");
      return Optional.empty();
    }
    // Duplicates are reported with both lines, by Settings.
    LoadSettings yaml =
        LoadSettings.builder().setAllowDuplicateKeys(true).setCodePointLimit(MOST_BYTES).build();
    try {
      Optional<Node> root = new Compose(yaml).composeString(text);
      if (root.isEmpty()) {
        problems.add(1, "the file is empty");
      }
      return root;
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      problems.add(line, "this is not YAML: " + withoutNames(e.getProblem()));
    } catch (YamlEngineException e) {
      problems.add(1, "this is not YAML that a job file can be written in");
    } catch (StackOverflowError e) {
      problems.add(1, "this is nested too deeply for a job file");
    }
    return Optional.empty();
  }

  /** Cuts off the name in messages about aliases and tags: it may be an unquoted password. */
  private static String withoutNames(@Nullable String problem) {
    if (problem == null) {
      return "it cannot be parsed";
    }
    if (problem.startsWith("found undefined alias")) {
      return "found an undefined alias; quote a value that starts with *";
    }
    return problem.startsWith("found undefined tag")
        ? "found an undefined tag; quote a value that starts with !"
        : problem;
  }

  private Optional<TidemarkJob> job(Settings top) {
    Settings source = known(top.requiredSection("source"), "source");
    Settings target = known(top.requiredSection("target"), "target");
    Settings rename = known(top.section("rename"), "rename");
    Optional<String> name = top.requiredValue("name").flatMap(this::streamName);
    Optional<ConnectionSpec> from = connection(source);
    Optional<ConnectionSpec> to = connection(target);
    Optional<Selection> selection = selection(source);
    Renaming renaming = renaming(rename, selection);
    ExistingRows existing =
        target.value("existing").flatMap(this::existing).orElse(ExistingRows.FAIL);
    OnBadValue onBadValue =
        target
            .value("on-bad-value")
            .flatMap(
                value ->
                    choice(
                        value,
                        Map.of(
                            "error", OnBadValue.ERROR,
                            "null", OnBadValue.NULL,
                            "dead-letter", OnBadValue.DEAD_LETTER)))
            .orElse(OnBadValue.ERROR);
    SchemaChanges schemaChanges =
        source.value("schema-changes").flatMap(this::schemaChanges).orElse(SchemaChanges.STOP);
    requireTinyint(source, from);
    String publication = publication(source, from);
    Settings pace = known(top.section("copy"), "copy");
    TidemarkJob.Copy copy = copy(pace);
    requireLocks(pace, from);
    TidemarkJob.Checkpoint checkpoint = checkpoint(known(top.section("checkpoint"), "checkpoint"));
    if (from.isPresent()
        && to.isPresent()
        && renaming.equals(Renaming.none())
        && from.get().displayUrl().equals(to.get().displayUrl())) {
      problems.add(
          target.lineOf("url"),
          "target.url is the source's: the tables would be copied onto themselves");
    }
    if (name.isEmpty() || from.isEmpty() || to.isEmpty() || selection.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new TidemarkJob(
            name.get(),
            from.get(),
            selection.get(),
            to.get(),
            existing,
            onBadValue,
            renaming,
            copy,
            checkpoint,
            schemaChanges,
            publication));
  }

  private static Settings known(Settings section, String name) {
    return section.allow(Known.require(SECTIONS, name));
  }

  private Optional<String> streamName(Value value) {
    if (StreamNames.isOne(value.text())) {
      return Optional.of(value.text());
    }
    problems.add(
        value.line(),
        "name must be 1 to 40 of a-z, 0-9 and _ (it names the slot and publication tidemark_<name>)");
    return Optional.empty();
  }

  private Optional<ConnectionSpec> connection(Settings section) {
    Optional<Value> url = section.requiredValue("url");
    Optional<Value> user = section.requiredValue("user");
    Optional<Value> password = section.requiredValue("password");
    url.ifPresent(
        value ->
            Databases.checkUrl(value.text())
                .ifPresent(reason -> problems.add(value.line(), value.path() + ": " + reason)));
    user.filter(value -> value.text().isEmpty())
        .ifPresent(value -> problems.add(value.line(), value.path() + " is empty"));
    return url.isEmpty() || user.isEmpty() || password.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new ConnectionSpec(url.get().text(), user.get().text(), password.get().text()));
  }

  private Optional<ExistingRows> existing(Value value) {
    return choice(value, Map.of("error", ExistingRows.FAIL, "truncate", ExistingRows.TRUNCATE));
  }

  private Optional<SchemaChanges> schemaChanges(Value value) {
    return choice(value, Map.of("stop", SchemaChanges.STOP, "ignore", SchemaChanges.IGNORE));
  }

  private void requireTinyint(Settings source, Optional<ConnectionSpec> from) {
    if (source.has("tinyint1")
        && from.filter(spec -> !Databases.writesBooleansAsTinyint(spec.url())).isPresent()) {
      problems.add(
          source.lineOf("tinyint1"),
          "source.tinyint1 is for MySQL and MariaDB: this source has booleans of its own");
    }
  }

  private String publication(Settings source, Optional<ConnectionSpec> from) {
    Optional<Value> value = source.value("publication");
    value
        .filter(name -> name.text().isEmpty())
        .ifPresent(name -> problems.add(name.line(), name.path() + " is empty"));
    if (value.isPresent()
        && from.filter(spec -> !Databases.hasPublications(spec.url())).isPresent()) {
      problems.add(
          source.lineOf("publication"),
          "source.publication is for PostgreSQL: this source's log has every table");
    }
    return value.map(Value::text).orElse("");
  }

  private void requireLocks(Settings copy, Optional<ConnectionSpec> from) {
    if (copy.has("lock") && from.filter(spec -> !Databases.takesLocks(spec.url())).isPresent()) {
      problems.add(
          copy.lineOf("lock"),
          "copy.lock is for MySQL: a snapshot of this source is exact without any lock");
    }
  }

  private <T> Optional<T> choice(Value value, Map<String, T> choices) {
    T chosen = choices.get(value.text());
    if (chosen == null) {
      String hint =
          NearestName.of(value.written(), choices.keySet())
              .map(nearest -> "; did you mean " + nearest + "?")
              .orElse("");
      problems.add(
          value.line(),
          value.path() + " must be " + String.join(" or ", new TreeMap<>(choices).keySet()) + hint);
    }
    return Optional.ofNullable(chosen);
  }

  private Optional<Selection> selection(Settings source) {
    if (!source.has("tables")) {
      source.requiredValue("tables");
      return Optional.empty();
    }
    List<Value> patterns = source.values("tables");
    patterns.forEach(this::checkPattern);
    if (!patterns.isEmpty() && patterns.stream().allMatch(value -> value.text().startsWith("!"))) {
      problems.add(
          source.lineOf("tables"),
          "source.tables selects nothing: every pattern takes tables away");
    }
    Settings columnSection = source.section("columns");
    Settings filterSection = source.section("where");
    Map<TableId, List<String>> columns = byTable(columnSection, this::columns);
    Map<TableId, String> filters = byTable(filterSection, this::filter);
    if (patterns.isEmpty()) {
      return Optional.empty();
    }
    Selection selection =
        new Selection(
            patterns.stream().map(Value::text).toList(), columns, filters, booleans(source));
    requireSelected(columnSection, selection);
    requireSelected(filterSection, selection);
    return Optional.of(selection);
  }

  private boolean booleans(Settings source) {
    return source
        .value("tinyint1")
        .flatMap(value -> choice(value, Map.of("number", false, "boolean", true)))
        .orElse(false);
  }

  private void checkPattern(Value value) {
    String pattern = value.text().startsWith("!") ? value.text().substring(1) : value.text();
    if (!pattern.equals("*") && !pattern.matches("(?s).+\\..+")) {
      problems.add(
          value.line(),
          value.path() + " must be schema.table, with * for any characters and ! to take away");
    }
  }

  /** Table names of a section that no pattern selects are misspelt, or their table is excluded. */
  private void requireSelected(Settings section, Selection selection) {
    for (String name : section.names()) {
      TableName.parse(name)
          .filter(table -> !selection.selects(table))
          .ifPresent(
              table ->
                  problems.add(section.lineOf(name), "source.tables does not select " + table));
    }
  }

  private <T> Map<TableId, T> byTable(
      Settings section, BiFunction<Settings, String, Optional<T>> read) {
    Map<TableId, T> byTable = new LinkedHashMap<>();
    for (String name : section.names()) {
      Optional<TableId> table = tableName(name, section.lineOf(name));
      Optional<T> value = read.apply(section, name);
      if (table.isPresent()
          && value.isPresent()
          && byTable.putIfAbsent(table.get(), value.get()) != null) {
        problems.add(section.lineOf(name), "table " + table.get() + " is there twice");
      }
    }
    return byTable;
  }

  private Optional<TableId> tableName(String text, int line) {
    Optional<TableId> table = TableName.parse(text);
    if (table.isEmpty()) {
      problems.add(
          line,
          "a table is written schema.table; a part with a dot or quote in it as"
              + " '\"sch.ema\".\"Ta\"\"ble\"'");
    }
    return table;
  }

  private Optional<List<String>> columns(Settings section, String table) {
    List<Value> values = section.values(table);
    Set<String> names = new HashSet<>();
    for (Value value : values) {
      if (value.text().isEmpty() || !names.add(value.text())) {
        problems.add(value.line(), value.path() + " is empty or there twice");
      }
    }
    return values.isEmpty()
        ? Optional.empty()
        : Optional.of(values.stream().map(Value::text).toList());
  }

  private Optional<String> filter(Settings section, String table) {
    Optional<Value> value = section.value(table);
    value
        .filter(condition -> condition.text().isBlank())
        .ifPresent(condition -> problems.add(condition.line(), condition.path() + " is empty"));
    return value.map(Value::text);
  }

  private Renaming renaming(Settings rename, Optional<Selection> selection) {
    Settings schemas = rename.section("schemas");
    Map<String, String> newSchemas = new HashMap<>();
    for (String schema : schemas.names()) {
      Optional<Value> name = schemas.value(schema);
      if (schema.isEmpty() || name.filter(value -> value.text().isEmpty()).isPresent()) {
        problems.add(schemas.lineOf(schema), "rename.schemas needs a schema's old and new name");
      } else {
        name.ifPresent(value -> newSchemas.put(schema, value.text()));
      }
    }
    Settings tables = rename.section("tables");
    Map<TableId, TableId> newTables =
        byTable(
            tables,
            (section, name) ->
                section.value(name).flatMap(value -> tableName(value.text(), value.line())));
    selection.ifPresent(selected -> requireSelected(tables, selected));
    Set<TableId> targets = new HashSet<>();
    newTables.forEach(
        (table, target) -> {
          if (!targets.add(target)) {
            problems.add(
                rename.lineOf("tables"), "rename.tables gives two tables the name " + target);
          }
        });
    return new Renaming(newTables, newSchemas);
  }

  private TidemarkJob.Copy copy(Settings copy) {
    TidemarkJob.Copy defaults = TidemarkJob.Copy.DEFAULT;
    return new TidemarkJob.Copy(
        duration(copy, "cycle", Duration.ofMillis(100), Duration.ofHours(24))
            .orElse(defaults.cycle()),
        number(copy, "chunk-rows", 1, 100_000_000).orElse(defaults.chunkRows()),
        number(copy, "parallelism", 1, FlinkJob.MAX_PARALLELISM - 1)
            .map(Math::toIntExact)
            .orElse(defaults.parallelism()),
        parsed(
                copy,
                "log-limit",
                text -> Quantity.bytes(text).filter(bytes -> bytes >= 1 << 20),
                "must be a size like 512MB or 8GB, at least 1MB")
            .orElse(defaults.logLimitBytes()),
        copy.value("lock")
            .flatMap(value -> choice(value, Map.of("tables", Lock.TABLES, "none", Lock.NONE)))
            .orElse(defaults.lock()));
  }

  private TidemarkJob.Checkpoint checkpoint(Settings checkpoint) {
    return new TidemarkJob.Checkpoint(
        duration(checkpoint, "interval", Duration.ofMillis(100), Duration.ofHours(1))
            .orElse(TidemarkJob.Checkpoint.DEFAULT.interval()),
        parsed(
            checkpoint,
            "directory",
            JobFile::directory,
            "must be a URI like file:///var/lib/tidemark/checkpoints or s3://bucket/path"));
  }

  private static Optional<URI> directory(String text) {
    try {
      URI uri = new URI(text);
      return uri.getScheme() == null || uri.getPath() == null || !uri.getPath().startsWith("/")
          ? Optional.empty()
          : Optional.of(uri);
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  private Optional<Duration> duration(Settings section, String name, Duration min, Duration max) {
    return parsed(
        section,
        name,
        text ->
            Quantity.duration(text)
                .filter(value -> value.compareTo(min) >= 0 && value.compareTo(max) <= 0),
        "must be a duration like 500ms, 60s, 5m or 1h, from "
            + min.toMillis()
            + "ms to "
            + max.toHours()
            + "h");
  }

  private Optional<Long> number(Settings section, String name, long min, long max) {
    return parsed(
        section,
        name,
        text -> Quantity.number(text, min, max),
        "must be a whole number from " + min + " to " + max);
  }

  private <T> Optional<T> parsed(
      Settings section, String name, Function<String, Optional<T>> parse, String rule) {
    Optional<Value> value = section.value(name);
    Optional<T> parsed = value.flatMap(present -> parse.apply(present.text()));
    if (value.isPresent() && parsed.isEmpty()) {
      problems.add(
          value.get().line(), value.get().path() + " " + rule + ", not " + value.get().written());
    }
    return parsed;
  }
}
