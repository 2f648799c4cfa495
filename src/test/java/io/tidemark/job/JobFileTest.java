package io.tidemark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tidemark.job.TidemarkJob.Copy.Lock;
import io.tidemark.schema.TableId;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.SchemaChanges;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobFileTest {

  private static final Map<String, String> ENVIRONMENT =
      Map.of("SOURCE_PASSWORD", "s3cret", "EMPTY", "");

  private static final String MINIMAL =
      """
      name: shop
      source:
        url: jdbc:postgresql://db1:5432/shop
        user: tidemark
        password: ${env:SOURCE_PASSWORD}
        tables: ["public.*", "!public.audit_*"]
      target:
        url: jdbc:postgresql://db2/shop
        user: writer
        password: plain
      """;

  @TempDir Path directory;

  @Test
  void fillsInDefaults() {
    TidemarkJob job = parse(MINIMAL);
    assertThat(job.name()).isEqualTo("shop");
    assertThat(job.source().password()).isEqualTo("s3cret");
    assertThat(job.target().user()).isEqualTo("writer");
    assertThat(job.existing()).isEqualTo(ExistingRows.FAIL);
    assertThat(job.copy())
        .isEqualTo(new TidemarkJob.Copy(Duration.ofSeconds(60), 50_000, 2, 8L << 30));
    assertThat(job.checkpoint().interval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(job.checkpoint().directory()).isEmpty();
    assertThat(job.selection().selects(new TableId("public", "orders"))).isTrue();
    assertThat(job.selection().selects(new TableId("public", "audit_log"))).isFalse();
  }

  @Test
  void readsEverySetting() throws Exception {
    Files.writeString(directory.resolve("secret"), "from $ file\r\n");
    TidemarkJob job =
        parse(
            """
            name: shop
            source:
              url: jdbc:postgresql://[::1]:5432,db2/shop?sslmode=verify-full
              user: tidemark
              password: ${file:secret}
              tables: "*"
              columns:
                public.orders: [id, total]
                '"sch.ema"."Ta""ble"': id
              where: {public.orders: "total > 0 and note <> '$${env:X}'"}
            target:
              url: jdbc:postgresql://db2/shop
              user: a${env:EMPTY}b
              password: ""
              existing: truncate
            rename:
              schemas: {public: archive}
              tables: {public.orders: sales.order}
            copy: {cycle: 500ms, chunk-rows: 7, parallelism: 4, log-limit: 512MB}
            checkpoint:
              interval: 1m
              directory: s3://bucket/path
            """);
    TableId orders = new TableId("public", "orders");
    assertThat(job.source().password()).isEqualTo("from $ file");
    assertThat(job.target().user()).isEqualTo("ab");
    assertThat(job.selection().columnsOf(orders)).contains(List.of("id", "total"));
    assertThat(job.selection().columnsOf(new TableId("sch.ema", "Ta\"ble")))
        .contains(List.of("id"));
    assertThat(job.selection().filterOf(orders)).contains("total > 0 and note <> '${env:X}'");
    assertThat(job.existing()).isEqualTo(ExistingRows.TRUNCATE);
    assertThat(job.renaming().targetOf(orders)).isEqualTo(new TableId("sales", "order"));
    assertThat(job.renaming().targetOf(new TableId("public", "x")))
        .isEqualTo(new TableId("archive", "x"));
    assertThat(job.copy())
        .isEqualTo(new TidemarkJob.Copy(Duration.ofMillis(500), 7, 4, 512L << 20));
    assertThat(job.checkpoint().interval()).isEqualTo(Duration.ofMinutes(1));
    assertThat(job.checkpoint().directory()).contains(URI.create("s3://bucket/path"));
  }

  @Test
  void locksTablesUnlessToldNotToAndOnlyWhereThatMeansSomething() {
    String file =
        """
        name: shop
        source: {url: "%s", user: u, password: p, tables: "*"}
        target: {url: "jdbc:postgresql://db2/shop", user: u, password: p}
        copy: {lock: %s}
        """;
    assertThat(parse(file.formatted("jdbc:mysql://db1/shop", "none")).copy().lock())
        .isEqualTo(Lock.NONE);
    assertThat(parse(file.formatted("jdbc:mariadb://db1/shop", "tables")).copy().lock())
        .isEqualTo(Lock.TABLES);
    assertThat(parse(MINIMAL).copy().lock()).isEqualTo(Lock.TABLES);
    assertThat(problems(file.formatted("jdbc:mysql://db1/shop", "non")))
        .containsExactly("job.yaml:4: copy.lock must be none or tables; did you mean none?");
    assertThat(problems(file.formatted("jdbc:postgresql://db1/shop", "none")))
        .containsExactly(
            "job.yaml:4: copy.lock is for MySQL: a snapshot of this source is exact without any"
                + " lock");
  }

  @Test
  void takesMySqlAndMariaDb() {
    TidemarkJob job =
        JobFile.parse(
            "job.yaml",
            """
            name: shop
            source:
              url: jdbc:mariadb://db1:3307/shop?sslMode=verify-full
              user: tidemark
              password: secret
              tables: shop.*
              schema-changes: ignore
              tinyint1: boolean
            target:
              {url: "jdbc:postgresql://db2/shop", user: u, password: p, on-bad-value: dead-letter}
            """,
            name -> null,
            Path.of("."));
    assertThat(job.schemaChanges()).isEqualTo(SchemaChanges.IGNORE);
    assertThat(job.selection().booleans()).isTrue();
    assertThat(job.onBadValue()).isEqualTo(OnBadValue.DEAD_LETTER);
    assertThat(job.source().url()).startsWith("jdbc:mariadb:");
    assertThat(
            problems(
                """
                name: shop
                source:
                  {url: "jdbc:mysql://db1", user: u, password: p, tables: "*", schema-changes: go}
                target: {url: "jdbc:postgresql://db2/shop", user: u, password: p}
                """))
        .containsExactly(
            "job.yaml:3: source.url: the URL must look like jdbc:mysql://host:port/database",
            "job.yaml:3: source.schema-changes must be ignore or stop");
  }

  @Test
  void reportsEverythingAtOnceWithLines() {
    assertThat(
            problems(
                """
                nam: shop
                source:
                  url: jdbc:oracle://db1/shop
                  usr: tidemark
                  password: ${env:NO_SUCH}
                  password: again
                  tables: [orders, "!public.x"]
                  where: {public.orders: "", public: "a"}
                target:
                  url: jdbc:postgresql://db2/shop?user=x&password=hunter2
                  user:
                  password: ${file:no-such-file}
                  existing: trunkate
                  where: {public.orders: "a"}
                copy:
                  cycle: 60
                  chunk_rows: 0
                  parallelism: 0
                  log-limit: 8 GB
                checkpoint: 5s
                """))
        .containsExactly(
            "job.yaml:1: there is no setting nam; did you mean name?",
            "job.yaml:1: name is missing",
            "job.yaml:3: source.user is missing",
            "job.yaml:3: source.url: this is not a database that Tidemark copies; supported are"
                + " PostgreSQL (jdbc:postgresql://host:port/database), MySQL (jdbc:mysql://…) and"
                + " MariaDB (jdbc:mariadb://…)",
            "job.yaml:4: there is no setting source.usr; did you mean user?",
            "job.yaml:5: source.password: the environment variable NO_SUCH is not set",
            "job.yaml:6: source.password is there twice; first in line 5",
            "job.yaml:7: an entry of source.tables must be schema.table, with * for any characters"
                + " and ! to take away",
            "job.yaml:8: source.where.public.orders is empty",
            "job.yaml:8: a table is written schema.table; a part with a dot or quote in it as"
                + " '\"sch.ema\".\"Ta\"\"ble\"'",
            "job.yaml:8: source.tables does not select public.orders",
            "job.yaml:10: target.url: user does not belong into the URL, where messages and logs"
                + " would show it; use the setting user",
            "job.yaml:11: target.user has no value",
            "job.yaml:12: target.password: there is no file no-such-file",
            "job.yaml:13: target.existing must be error or truncate; did you mean truncate?",
            "job.yaml:14: there is no setting target.where; it belongs under source",
            "job.yaml:16: copy.cycle must be a duration like 500ms, 60s, 5m or 1h, from 100ms to"
                + " 24h, not 60",
            "job.yaml:17: there is no setting copy.chunk_rows; did you mean chunk-rows?",
            "job.yaml:18: copy.parallelism must be a whole number from 1 to 1023, not 0",
            "job.yaml:19: copy.log-limit must be a size like 512MB or 8GB, at least 1MB, not 8 GB",
            "job.yaml:20: checkpoint must be a mapping (name: value)");
  }

  @Test
  void saysWhatIsWrongWithTheFileItself() {
    assertThat(problems("")).containsExactly("job.yaml:1: the file is empty");
    assertThat(problems("a: [1\nb: 2"))
        .containsExactly("job.yaml:2: this is not YAML: expected ',' or ']', but got :");
    assertThat(problems("[1, 2]"))
        .startsWith("job.yaml:1: a job file must be a mapping (name: value)");
    assertThat(problems("[".repeat(100_000)))
        .containsExactly("job.yaml:1: this is nested too deeply for a job file");
    assertThat(messageOf(() -> JobFile.read(directory.resolve("none.yaml"))))
        .endsWith("none.yaml:1: there is no such file");
  }

  @Test
  void refusesTheSourceAsTarget() {
    assertThat(problems(MINIMAL.replace("db2/shop", "db1:5432/shop")))
        .containsExactly(
            "job.yaml:8: target.url is the source's: the tables would be copied onto themselves");
  }

  @Test
  void refusesUrlsThatCannotBeMeant() {
    assertThat(problems(MINIMAL.replace("//db2/shop", "//me:secret@db2/shop")))
        .containsExactly(
            "job.yaml:8: target.url: user and password do not belong into the URL, where messages"
                + " and logs would show them; use the settings user and password");
    for (String url : List.of("//db2", "//db2/", "/shop", "//db2:port/shop", "//,/shop")) {
      assertThat(problems(MINIMAL.replace("//db2/shop", url)))
          .containsExactly(
              "job.yaml:8: target.url: the URL must look like jdbc:postgresql://host:port/database");
    }
  }

  @Test
  void refusesTwoTablesOfOneName() {
    assertThat(
            problems(
                MINIMAL
                    + """
                    rename:
                      tables:
                        public.a: x.y
                        '"public"."b"': x.y
                        public.b: x.z
                        other.c: x.c
                    """))
        .containsExactly(
            "job.yaml:12: rename.tables gives two tables the name x.y",
            "job.yaml:15: table public.b is there twice",
            "job.yaml:16: source.tables does not select other.c");
  }

  @Test
  void neverShowsSecrets() throws Exception {
    Files.writeString(directory.resolve("secret"), "hunter2");
    for (String secret :
        List.of(
            "*hunter2",
            "!hunter2 x",
            "!hunter2!x y",
            "&hunter2",
            "a${hunter2",
            "${hunter2}",
            "[hunter2]",
            "{hunter2: 1}",
            "\"hunter2",
            "@hunter2",
            "%hunter2",
            "`hunter2")) {
      String message = messageOf(() -> parse(MINIMAL.replace("plain", secret)));
      assertThat(message).as(secret).contains("job.yaml:").doesNotContain("hunter2");
    }
    String misused = messageOf(() -> parse(MINIMAL + "copy: {cycle: '${file:secret}'}"));
    assertThat(misused).contains("not ${file:secret}").doesNotContain("hunter2");
    assertThat(parse(MINIMAL).toString()).doesNotContain("s3cret").doesNotContain("plain");
  }

  private List<String> problems(String text) {
    return messageOf(() -> parse(text)).lines().toList();
  }

  private TidemarkJob parse(String text) {
    return JobFile.parse("job.yaml", text, ENVIRONMENT::get, directory);
  }

  private static String messageOf(org.assertj.core.api.ThrowableAssert.ThrowingCallable parse) {
    return catchThrowableOfType(JobFileException.class, parse).getMessage();
  }
}
