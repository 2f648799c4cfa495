package io.tidemark.attack;

import io.tidemark.endtoend.fixture.Vendor;
import java.util.ArrayList;
import java.util.List;

/** PostgreSQL's statements. */
final class PostgresGenerator extends Generator {

  private static final List<String> TYPES =
      List.of(
          "int",
          "bigint",
          "smallint",
          "numeric(12,2)",
          "text",
          "varchar(20)",
          "boolean",
          "date",
          "timestamptz",
          "uuid",
          "jsonb",
          "bytea",
          "int[]",
          "mood",
          "posint",
          "pair",
          "double precision");

  private static final String PUBLICATION = "tidemark_{db}";

  PostgresGenerator(long seed) {
    super(Vendor.POSTGRES, seed);
  }

  @Override
  List<String> surroundings() {
    return List.of(
        "CREATE SCHEMA other",
        "CREATE TYPE mood AS ENUM ('sad', 'ok', 'fine')",
        "CREATE DOMAIN posint AS int CHECK (VALUE > 0)",
        "CREATE TYPE pair AS (a int, b text)",
        "CREATE TABLE spare (id int PRIMARY KEY, note text)",
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS"
            + " 'BEGIN INSERT INTO spare VALUES (1, NULL) ON CONFLICT DO NOTHING; RETURN NEW; END'");
  }

  @Override
  Shape makeTable(String name) {
    Shape shape = new Shape(name);
    for (int i = random.nextInt(4); i >= 0; i--) {
      shape.columns().put("c" + i, pick(TYPES));
    }
    shape.columns().put("v", "int");
    if (chance(5)) {
      shape.columns().put("g", "int GENERATED ALWAYS AS (v * 2) STORED");
    }
    StringBuilder columns = new StringBuilder();
    shape
        .columns()
        .forEach(
            (column, type) ->
                columns
                    .append(", ")
                    .append(column)
                    .append(' ')
                    .append(type)
                    .append(!isMade(type) && chance(4) ? " DEFAULT " + value(type) : ""));
    switch (random.nextInt(8)) {
      case 0 ->
          prepare(
              "CREATE TABLE %s (id int NOT NULL%s)".formatted(name, columns),
              "ALTER TABLE %s REPLICA IDENTITY FULL".formatted(name));
      case 1 ->
          prepare(
              "CREATE TABLE %s (id int NOT NULL%s)".formatted(name, columns),
              "CREATE UNIQUE INDEX %1$s_u ON %1$s (id)".formatted(name),
              "ALTER TABLE %1$s REPLICA IDENTITY USING INDEX %1$s_u".formatted(name));
      case 2 -> {
        shape.partition(List.of(name + "_1", name + "_2"));
        prepare(
            "CREATE TABLE %s (id int PRIMARY KEY%s) PARTITION BY RANGE (id)"
                .formatted(name, columns),
            "CREATE TABLE %1$s_1 PARTITION OF %1$s FOR VALUES FROM (0) TO (30)".formatted(name),
            "CREATE TABLE %1$s_2 PARTITION OF %1$s FOR VALUES FROM (30) TO (200)".formatted(name));
      }
      case 3 -> {
        shape.partition(List.of(name + "_1", name + "_2"));
        prepare(
            "CREATE TABLE %s (id int PRIMARY KEY%s) PARTITION BY HASH (id)"
                .formatted(name, columns),
            ("CREATE TABLE %1$s_1 PARTITION OF %1$s FOR VALUES WITH (MODULUS 2, REMAINDER 0)")
                .formatted(name),
            ("CREATE TABLE %1$s_2 PARTITION OF %1$s FOR VALUES WITH (MODULUS 2, REMAINDER 1)")
                .formatted(name));
      }
      case 4 ->
          prepare(
              "CREATE TABLE %s (id int PRIMARY KEY%s)".formatted(name, columns),
              "CREATE TABLE %1$s_child () INHERITS (%1$s)".formatted(name));
      default -> prepare("CREATE TABLE %s (id int PRIMARY KEY%s)".formatted(name, columns));
    }
    return shape;
  }

  @Override
  String pattern(String table) {
    return "public." + table;
  }

  @Override
  String value(String type) {
    if (chance(8) && !type.equals("posint")) {
      return "NULL";
    }
    int n = 1 + random.nextInt(99);
    return switch (type.replaceFirst("\\(.*", "")) {
      case "int", "bigint", "smallint", "posint", "numeric", "double precision" ->
          String.valueOf(n);
      case "boolean" -> any("true", "false");
      case "date" -> "'2024-02-%02d'".formatted(1 + n % 28);
      case "timestamptz" -> "'2024-02-%02d 12:00:00.%d+00'".formatted(1 + n % 28, n);
      case "uuid" -> "'00000000-0000-0000-0000-%012d'".formatted(n);
      case "jsonb" -> "'{\"a\": %d}'".formatted(n);
      case "bytea" -> "'\\x%02x'".formatted(n);
      case "int[]" -> "'{%d,NULL}'".formatted(n);
      case "mood" -> any("'sad'", "'ok'");
      case "pair" -> "ROW(%d, 'x')::pair".formatted(n);
      case "text" -> chance(6) ? "repeat('long', 9000)" : "'x%d'".formatted(n);
      default -> "'x%d'".formatted(n);
    };
  }

  @Override
  String insertNew(Shape shape) {
    return insert(shape) + " ON CONFLICT DO NOTHING";
  }

  @Override
  String write() {
    Shape shape = table();
    String table = shape.name();
    String column = column(shape);
    String type = shape.columns().getOrDefault(column, "int");
    String set = isMade(type) ? "v = v" : column + " = " + value(type);
    return switch (random.nextInt(16)) {
      case 0, 1, 2 -> insertNew(shape);
      case 3, 4, 5 ->
          "UPDATE %s SET %s WHERE id %% 3 = %d".formatted(table, set, random.nextInt(3));
      case 6 -> "UPDATE %s SET v = coalesce(v, 0) + 1".formatted(table);
      case 7 -> "UPDATE %s SET id = id + 60 WHERE id < %d".formatted(table, id() / 3);
      case 8, 9 -> "DELETE FROM %s WHERE id = %d".formatted(table, id());
      case 10 ->
          chance(3)
              ? "TRUNCATE %s".formatted(table)
              : "DELETE FROM ONLY %s WHERE id < 5".formatted(table);
      case 11 ->
          ("WITH gone AS (DELETE FROM %1$s WHERE id = %2$d RETURNING *) INSERT INTO spare SELECT"
                  + " id, 'moved' FROM gone ON CONFLICT DO NOTHING")
              .formatted(table, id());
      case 12 ->
          ("MERGE INTO %1$s AS t USING (VALUES (%2$d)) AS s (id) ON t.id = s.id WHEN MATCHED THEN"
                  + " UPDATE SET v = 0 WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, 5)")
              .formatted(table, id());
      case 13 ->
          ("DO $$ BEGIN FOR i IN 1..3 LOOP BEGIN UPDATE %1$s SET v = i; IF i = 2 THEN RAISE"
                  + " EXCEPTION 'x'; END IF; EXCEPTION WHEN raise_exception THEN NULL; END; END"
                  + " LOOP; END $$")
              .formatted(table);
      case 14 ->
          "INSERT INTO %1$s (id, v) SELECT id + 100, v FROM %1$s ON CONFLICT DO NOTHING"
              .formatted(table);
      default ->
          "INSERT INTO %s (id, v) VALUES (%d, 1)".formatted(table, 200 + random.nextInt(900));
    };
  }

  @Override
  List<Form> changes() {
    List<Form> all = new ArrayList<>();
    all.addAll(columns());
    all.addAll(tables());
    all.addAll(types());
    all.addAll(publications());
    all.addAll(harmless());
    return all;
  }

  private List<Form> columns() {
    return List.of(
        meaning(() -> "ALTER TABLE %s ALTER v TYPE int USING v * 10".formatted(name())),
        meaning(() -> "ALTER TABLE %s ALTER v TYPE bigint".formatted(name())),
        meaning(
            () ->
                "ALTER TABLE %1$s ALTER v TYPE bigint USING v + 1;; ALTER TABLE %1$s ALTER v TYPE int"
                    .formatted(name())),
        meaning(
            () -> {
              Shape shape = table();
              return "ALTER TABLE %s ALTER %s TYPE text".formatted(shape.name(), column(shape));
            }),
        meaning(
            () -> {
              Shape shape = table();
              return "ALTER TABLE %s RENAME %s TO %s"
                  .formatted(shape.name(), column(shape), fresh("r"));
            }),
        meaning(
            () -> {
              Shape shape = table();
              String a = column(shape);
              String b = column(shape);
              return ("ALTER TABLE %1$s RENAME %2$s TO swapped;; ALTER TABLE %1$s RENAME %3$s TO"
                      + " %2$s;; ALTER TABLE %1$s RENAME swapped TO %3$s")
                  .formatted(shape.name(), a, b);
            }),
        meaning(
            () -> {
              Shape shape = table();
              String column = column(shape);
              return "ALTER TABLE %1$s DROP %2$s;; ALTER TABLE %1$s ADD %2$s %3$s DEFAULT %4$s"
                  .formatted(
                      shape.name(),
                      column,
                      shape.columns().getOrDefault(column, "int"),
                      value(shape.columns().getOrDefault(column, "int")));
            }),
        meaning(
            () -> {
              Shape shape = table();
              return "ALTER TABLE %s DROP %s".formatted(shape.name(), column(shape));
            }),
        meaning(
            () ->
                "ALTER TABLE %s ADD %s %s"
                    .formatted(
                        name(),
                        fresh("n"),
                        any(
                            "int",
                            "int DEFAULT 7",
                            "text DEFAULT 'x' NOT NULL",
                            "float8 DEFAULT random()",
                            "int GENERATED ALWAYS AS (v + 1) STORED",
                            "int GENERATED BY DEFAULT AS IDENTITY",
                            "serial"))),
        meaning(
            () -> {
              String added = fresh("n");
              return "ALTER TABLE %1$s ADD %2$s int;; ALTER TABLE %1$s DROP %2$s"
                  .formatted(name(), added);
            }),
        meaning(() -> "ALTER TABLE %s ALTER g DROP EXPRESSION".formatted(name())),
        meaning(() -> "ALTER TABLE %s ALTER g SET EXPRESSION AS (v * 3)".formatted(name())),
        meaning(() -> "ALTER TABLE %s ALTER id TYPE bigint".formatted(name())));
  }

  private List<Form> tables() {
    return List.of(
        meaning(
            () ->
                ("ALTER TABLE %1$s RENAME TO old_%1$s;; CREATE TABLE %1$s (LIKE old_%1$s INCLUDING"
                        + " ALL);; INSERT INTO %1$s (id, v) VALUES (7, 7)")
                    .formatted(name())),
        meaning(
            () ->
                ("CREATE TABLE new_%1$s (LIKE %1$s INCLUDING ALL);; INSERT INTO new_%1$s (id, v)"
                        + " VALUES (7, 7);; BEGIN;; ALTER TABLE %1$s RENAME TO old_%1$s;; ALTER TABLE"
                        + " new_%1$s RENAME TO %1$s;; COMMIT")
                    .formatted(name())),
        meaning(
            () ->
                "ALTER TABLE %1$s RENAME TO x_%1$s;; ALTER TABLE x_%1$s RENAME TO %1$s"
                    .formatted(name())),
        meaning(
            () ->
                "ALTER TABLE %1$s SET SCHEMA other;; ALTER TABLE other.%1$s SET SCHEMA public"
                    .formatted(name())),
        meaning(() -> "ALTER TABLE %s SET SCHEMA other".formatted(name())),
        meaning(
            () ->
                "DROP TABLE %1$s CASCADE;; CREATE TABLE %1$s (id int PRIMARY KEY, v int)"
                    .formatted(name())),
        meaning(() -> "DROP TABLE %s CASCADE".formatted(name())),
        meaning(() -> "ALTER TABLE %1$s DROP CONSTRAINT %1$s_pkey".formatted(name())),
        meaning(
            () ->
                "ALTER TABLE %1$s DROP CONSTRAINT %1$s_pkey, ADD PRIMARY KEY (id)"
                    .formatted(name())),
        meaning(() -> "DROP INDEX %s_u".formatted(name())),
        meaning(
            () ->
                "ALTER TABLE %s REPLICA IDENTITY %s"
                    .formatted(name(), any("NOTHING", "FULL", "DEFAULT"))),
        meaning(() -> "ALTER TABLE %s SET %s".formatted(name(), any("UNLOGGED", "LOGGED"))),
        meaning(
            () -> "ALTER TABLE %1$s SET UNLOGGED;; ALTER TABLE %1$s SET LOGGED".formatted(name())),
        meaning(() -> "ALTER TABLE %1$s DETACH PARTITION %1$s_2".formatted(name())),
        meaning(
            () ->
                ("ALTER TABLE %1$s DETACH PARTITION %1$s_2;; UPDATE %1$s_2 SET v = 0;; ALTER TABLE"
                        + " %1$s ATTACH PARTITION %1$s_2 FOR VALUES FROM (30) TO (200)")
                    .formatted(name())),
        meaning(
            () ->
                ("BEGIN;; CREATE TABLE %1$s_3 (LIKE %1$s INCLUDING ALL);; INSERT INTO %1$s_3 (id, v)"
                        + " VALUES (1500, 1);; ALTER TABLE %1$s ATTACH PARTITION %1$s_3 FOR VALUES FROM"
                        + " (1500) TO (1600);; COMMIT")
                    .formatted(name())),
        meaning(
            () ->
                ("CREATE TABLE %1$s_4 PARTITION OF %1$s FOR VALUES FROM (1200) TO (1300);; INSERT"
                        + " INTO %1$s (id, v) VALUES (1201, 1)")
                    .formatted(name())),
        meaning(() -> "DROP TABLE %s_%d".formatted(name(), 1 + random.nextInt(4))),
        meaning(() -> "TRUNCATE %s_%d".formatted(name(), 1 + random.nextInt(2))),
        meaning(() -> "ALTER TABLE %s_1 SET UNLOGGED".formatted(name())),
        meaning(() -> "ALTER TABLE %s_1 RENAME v TO x".formatted(name())),
        meaning(() -> "ALTER TABLE %1$s_child NO INHERIT %1$s".formatted(name())),
        meaning(() -> "CREATE RULE r AS ON UPDATE TO %s DO INSTEAD NOTHING".formatted(name())),
        meaning(
            () -> "ALTER SCHEMA public RENAME TO former;; ALTER SCHEMA former RENAME TO public"));
  }

  private List<Form> types() {
    return List.of(
        meaning(() -> "ALTER TYPE mood RENAME VALUE 'ok' TO 'well'"),
        meaning(
            () ->
                "ALTER TYPE mood RENAME VALUE 'ok' TO 'x';; ALTER TYPE mood RENAME VALUE 'sad' TO"
                    + " 'ok';; ALTER TYPE mood RENAME VALUE 'x' TO 'sad'"),
        meaning(() -> "ALTER TYPE mood ADD VALUE '%s'".formatted(fresh("m"))),
        meaning(() -> "ALTER TYPE mood RENAME TO temper;; ALTER TYPE temper RENAME TO mood"),
        meaning(
            () ->
                "ALTER TYPE pair %s"
                    .formatted(
                        any("ADD ATTRIBUTE c int", "DROP ATTRIBUTE b", "RENAME ATTRIBUTE b TO z"))),
        meaning(() -> "ALTER TYPE pair ALTER ATTRIBUTE a TYPE bigint CASCADE"),
        meaning(() -> "ALTER DOMAIN posint DROP CONSTRAINT posint_check"),
        meaning(() -> "ALTER DOMAIN posint RENAME TO natural_number"),
        meaning(() -> "DROP TYPE mood CASCADE"));
  }

  private List<Form> publications() {
    return List.of(
        unplaced(() -> "ALTER PUBLICATION %s DROP TABLE %s".formatted(PUBLICATION, name())),
        unplaced(
            () ->
                "ALTER PUBLICATION %1$s DROP TABLE %2$s;; %3$s;; ALTER PUBLICATION %1$s ADD TABLE ONLY %2$s"
                    .formatted(PUBLICATION, name(), write())),
        unplaced(
            () ->
                "ALTER PUBLICATION %s SET (publish = '%s')"
                    .formatted(
                        PUBLICATION, any("insert", "update, delete", "insert, update, delete"))),
        unplaced(
            () ->
                ("ALTER PUBLICATION %1$s SET (publish = 'insert');; %2$s;; ALTER PUBLICATION %1$s SET"
                        + " (publish = 'insert, update, delete, truncate')")
                    .formatted(PUBLICATION, write())),
        unplaced(() -> "ALTER PUBLICATION %s SET TABLE ONLY %s".formatted(PUBLICATION, name())),
        unplaced(
            () ->
                "ALTER PUBLICATION %s SET (publish_via_partition_root = false)"
                    .formatted(PUBLICATION)),
        unplaced(
            () ->
                ("ALTER PUBLICATION %1$s DROP TABLE %2$s;; ALTER PUBLICATION %1$s ADD TABLE %2$s WHERE"
                        + " (id > 20)")
                    .formatted(PUBLICATION, name())),
        unplaced(() -> "DROP PUBLICATION %s".formatted(PUBLICATION)),
        unplaced(() -> "ALTER PUBLICATION %s RENAME TO other_publication".formatted(PUBLICATION)),
        unplaced(() -> "ALTER PUBLICATION %s ADD TABLE spare".formatted(PUBLICATION)),
        unplaced(() -> "COMMENT ON PUBLICATION %s IS 'mine'".formatted(PUBLICATION)),
        unplaced(
            () ->
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active AND slot_name = 'tidemark_{db}'"),
        unplaced(
            () ->
                "SELECT pg_replication_slot_advance(slot_name, pg_current_wal_lsn()) FROM"
                    + " pg_replication_slots WHERE NOT active AND slot_name = 'tidemark_{db}'"),
        unplaced(
            () ->
                "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active"));
  }

  private List<Form> harmless() {
    return List.of(
        harmless(() -> "ANALYZE"),
        harmless(() -> "VACUUM %s".formatted(name())),
        harmless(() -> "VACUUM FULL %s".formatted(name())),
        harmless(() -> "CLUSTER %1$s USING %1$s_pkey".formatted(name())),
        harmless(() -> "REINDEX TABLE %s".formatted(name())),
        harmless(() -> "CREATE INDEX %s ON %s (v)".formatted(fresh("i"), name())),
        harmless(() -> "CREATE INDEX CONCURRENTLY %s ON %s (v)".formatted(fresh("i"), name())),
        harmless(() -> "DROP INDEX IF EXISTS i%d".formatted(random.nextInt(5))),
        harmless(() -> "COMMENT ON TABLE %s IS 'x'".formatted(name())),
        harmless(() -> "COMMENT ON COLUMN %s.v IS 'x'".formatted(name())),
        harmless(() -> "GRANT SELECT ON %s TO PUBLIC".formatted(name())),
        harmless(() -> "REVOKE SELECT ON %s FROM PUBLIC".formatted(name())),
        harmless(() -> "ALTER TABLE %s ALTER v SET STATISTICS 50".formatted(name())),
        harmless(() -> "ALTER TABLE %s ALTER v SET DEFAULT 3".formatted(name())),
        harmless(() -> "ALTER TABLE %s ALTER v DROP DEFAULT".formatted(name())),
        harmless(() -> "ALTER TABLE %s ALTER v DROP NOT NULL".formatted(name())),
        harmless(() -> "ALTER TABLE %s SET (fillfactor = 60)".formatted(name())),
        harmless(() -> "ALTER TABLE %s ADD CHECK (v > -1000) NOT VALID".formatted(name())),
        harmless(() -> "ALTER TABLE %s ALTER c0 SET STORAGE EXTERNAL".formatted(name())),
        harmless(() -> "ALTER TABLE %s ENABLE ROW LEVEL SECURITY".formatted(name())),
        harmless(() -> "ALTER TABLE %s OWNER TO CURRENT_USER".formatted(name())),
        harmless(
            () ->
                "CREATE TRIGGER %s AFTER INSERT ON %s FOR EACH ROW EXECUTE FUNCTION touch()"
                    .formatted(fresh("tr"), name())),
        harmless(() -> "ALTER TABLE %s DISABLE TRIGGER ALL".formatted(name())),
        harmless(() -> "CREATE VIEW %s AS SELECT * FROM %s".formatted(fresh("w"), name())),
        harmless(
            () -> "CREATE MATERIALIZED VIEW %s AS SELECT * FROM %s".formatted(fresh("w"), name())),
        harmless(() -> "CREATE STATISTICS %s ON id, v FROM %s".formatted(fresh("st"), name())),
        harmless(() -> "CREATE SEQUENCE %s".formatted(fresh("sq"))),
        harmless(() -> "CREATE TABLE %s AS SELECT * FROM %s".formatted(fresh("cp"), name())),
        harmless(() -> "ALTER TABLE spare ADD %s int DEFAULT 4".formatted(fresh("n"))),
        harmless(() -> "ALTER TABLE spare ALTER note TYPE varchar(99)"),
        harmless(() -> "TRUNCATE spare"),
        harmless(() -> "CREATE TYPE %s AS ENUM ('a')".formatted(fresh("ty"))),
        harmless(() -> "CREATE PUBLICATION %s FOR ALL TABLES".formatted(fresh("pub"))),
        harmless(
            () ->
                "CREATE TEMP TABLE IF NOT EXISTS %s (id int);; INSERT INTO pg_temp.%s VALUES (1)"
                    .formatted("t9", "t9")),
        harmless(
            () -> "SET session_replication_role = %s".formatted(any("replica", "origin", "local"))),
        harmless(() -> "SET synchronous_commit = %s".formatted(any("off", "on", "local"))),
        harmless(() -> "SET row_security = off"),
        harmless(() -> "SET bytea_output = escape"),
        harmless(() -> "SET search_path = other, public"),
        harmless(() -> "RESET search_path"),
        harmless(() -> "RESET session_replication_role"),
        harmless(() -> "ALTER DATABASE {db} SET datestyle = 'German'"),
        harmless(() -> "ALTER DATABASE {db} SET work_mem = '1MB'"),
        harmless(() -> "ALTER DATABASE {db} SET search_path = other"),
        harmless(() -> "ALTER DATABASE {db} SET extra_float_digits = -3"),
        harmless(() -> "SELECT pg_switch_wal()"),
        harmless(() -> "SELECT pg_logical_emit_message(true, 'x', 'y')"),
        harmless(() -> "CHECKPOINT"),
        harmless(() -> "LOCK TABLE %s IN SHARE MODE".formatted(name())),
        harmless(() -> "SELECT txid_current()"),
        harmless(
            () ->
                "BEGIN;; %1$s;; PREPARE TRANSACTION '{db}_p';; COMMIT PREPARED '{db}_p'"
                    .formatted(write())),
        harmless(
            () ->
                "BEGIN;; %1$s;; PREPARE TRANSACTION '{db}_p';; ROLLBACK PREPARED '{db}_p'"
                    .formatted(write())),
        harmless(() -> "BEGIN;; DROP TABLE %1$s CASCADE;; ROLLBACK".formatted(name())),
        harmless(
            () ->
                "BEGIN;; ALTER TABLE %1$s ADD x int;; UPDATE %1$s SET v = 3;; ROLLBACK"
                    .formatted(name())),
        harmless(
            () ->
                "CREATE TABLE %1$s_5 PARTITION OF %1$s FOR VALUES FROM (5000) TO (6000)"
                    .formatted(name())));
  }
}
