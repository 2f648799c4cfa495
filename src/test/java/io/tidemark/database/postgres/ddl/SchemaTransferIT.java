package io.tidemark.database.postgres.ddl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.postgres.PostgresTarget;
import io.tidemark.database.postgres.catalog.PostgresSchema;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.TableId;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is made at the target is what the source has: both catalogs describe the same. */
class SchemaTransferIT {

  @Postgres private static PostgresServer server;

  @Test
  void uglyNamesAndAllKindsOfConstraintsArriveAsTheyAre() throws Exception {
    assertSameAfterTransfer("ugly", SchemaScripts.resource("ugly-names.sql"));
  }

  @Test
  void everyTypeArrivesAsItIs() throws Exception {
    assertSameAfterTransfer("types", SchemaScripts.resource("types.sql"));
  }

  @Test
  void sakilaArrivesAsItIs() throws Exception {
    Path schema = SchemaScripts.shared("sakila/postgres-sakila-schema.sql");
    assumeTrue(Files.exists(schema), "the Sakila sample is not there: " + schema);
    assertSameAfterTransfer("sakila", SchemaScripts.read(schema));
  }

  @Test
  void chinookArrivesAsItIs() throws Exception {
    Path script = SchemaScripts.shared("chinook/Chinook_PostgreSql.sql");
    assumeTrue(Files.exists(script), "the Chinook sample is not there: " + script);
    String sql = SchemaScripts.read(script);
    // What comes before connects to a database of its own.
    sql = sql.substring(sql.indexOf("CREATE TABLE"));
    assertSameAfterTransfer("chinook", sql);
  }

  @Test
  void renamedSchemasAndTablesAreFoundInDefaultsChecksTypesAndForeignKeys() throws Exception {
    SchemaPair pair = SchemaPair.create(server, "renamed");
    SchemaScripts.run(server, pair.source(), SchemaScripts.resource("ugly-names.sql"));
    PostgresSchemaDescription description = pair.described();
    Renaming renaming =
        new Renaming(
            Map.of(
                new TableId("Sales.EU", "Order"), new TableId("shop", "Bestellung"),
                new TableId("Sales.EU", "Order_Id_seq"), new TableId("shop", "Bestellung_Nr")),
            Map.of("select", "Sales.EU.2", "Sales.EU", "Sales.EU.2"));
    PostgresTarget target = pair.target(renaming);
    transfer(target, description);

    PostgresSchemaDescription there = pair.made();
    assertThat(there.schemas()).containsExactly("Sales.EU.2", "shop");
    assertThat(there.tables()).hasSameSizeAs(description.tables());
    assertThat(there.tables().toString()).doesNotContain("select.", "\"select\"");
    assertThat(
            strings(
                pair.target(),
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'table_%_fkey'"))
        .containsExactly(
            "FOREIGN KEY (\"%\") REFERENCES shop.\"Bestellung\"(\"Id\") ON DELETE CASCADE"
                + " DEFERRABLE INITIALLY DEFERRED");
    assertThat(strings(pair.target(), "SELECT pg_get_serial_sequence('shop.\"Bestellung\"', 'Id')"))
        .containsExactly("shop.\"Bestellung_Nr\"");
    assertThat(
            strings(
                pair.target(),
                "INSERT INTO \"Sales.EU.2\".\"table\" DEFAULT VALUES RETURNING \"group\"::text"))
        .containsExactly("5");
  }

  @Test
  void extensionsThatTheTargetHasElsewhereAreFoundThere() throws Exception {
    SchemaPair pair = SchemaPair.create(server, "elsewhere");
    server.execute(
        pair.source(),
        "CREATE EXTENSION hstore",
        "CREATE EXTENSION pg_trgm",
        "CREATE EXTENSION btree_gist",
        "CREATE TABLE t (id int PRIMARY KEY, h hstore DEFAULT 'a=>1'::hstore, v text,"
            + " a text GENERATED ALWAYS AS (h -> 'a') STORED, CHECK (h ? 'a'),"
            + " EXCLUDE USING gist (id WITH =, v WITH =))",
        "CREATE INDEX by_v ON t USING gin (v gin_trgm_ops)");
    server.execute(
        pair.target(),
        "CREATE SCHEMA ext",
        "CREATE EXTENSION hstore SCHEMA ext",
        "CREATE EXTENSION pg_trgm SCHEMA ext");
    PostgresSchemaDescription description = pair.described();
    transfer(pair.target(Renaming.none()), description);
    assertThat(
            strings(
                pair.target(),
                "SELECT extname || ' ' || extnamespace::regnamespace FROM pg_extension"
                    + " WHERE extname <> 'plpgsql' ORDER BY 1"))
        .containsExactly("btree_gist public", "hstore ext", "pg_trgm ext");
    assertThat(strings(pair.target(), "INSERT INTO t (id) VALUES (1) RETURNING a"))
        .containsExactly("1");
    assertThat(strings(pair.target(), "SELECT pg_get_indexdef('by_v'::regclass)"))
        .containsExactly("CREATE INDEX by_v ON public.t USING gin (v ext.gin_trgm_ops)");
  }

  @Test
  void aDescriptionTravelsWithTheJob() throws Exception {
    SchemaPair pair = SchemaPair.create(server, "travel");
    SchemaScripts.run(server, pair.source(), SchemaScripts.resource("ugly-names.sql"));
    PostgresSchemaDescription description = pair.described();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(description);
      out.writeObject(new PostgresFinish(pair.target(Renaming.none()).own(), description));
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isEqualTo(description);
    }
  }

  @Test
  void columnsThatAreNotSelectedTakeTheirConstraintsWithThem() throws Exception {
    SchemaPair pair = SchemaPair.create(server, "narrow");
    server.execute(
        pair.source(),
        "CREATE TABLE a (id int PRIMARY KEY, x int UNIQUE, y int CHECK (y > 0), z int,"
            + " w int GENERATED ALWAYS AS (x + 1) STORED)",
        "CREATE INDEX by_z ON a (z)",
        "CREATE INDEX by_y ON a (y) WHERE x > 1",
        "CREATE TABLE b (id int PRIMARY KEY, a_x int REFERENCES a (x), a_id int REFERENCES a)");
    Selection selection =
        new Selection(
            List.of("public.*"),
            Map.of(new TableId("public", "a"), List.of("id", "y", "z")),
            Map.of());
    PostgresSchemaDescription description =
        PostgresSchema.describe(server.spec(pair.source()), selection, "test");
    assertThat(description.notes()).hasSize(3);
    assertThat(String.join("\n", description.notes())).contains("a_x_key", "by_y", "b_a_x_fkey");
    transfer(pair.target(Renaming.none()), description);
    assertThat(
            strings(
                pair.target(),
                "SELECT attname FROM pg_attribute WHERE attrelid = 'a'::regclass AND attnum > 0"
                    + " ORDER BY attnum"))
        .containsExactly("id", "y", "z");
    assertThat(
            strings(
                pair.target(),
                "SELECT conname FROM pg_constraint WHERE conrelid IN ('a'::regclass, 'b'::regclass)"
                    + " ORDER BY conname"))
        .containsExactly("a_pkey", "a_y_check", "b_a_id_fkey", "b_pkey");
  }

  @Test
  void tablesThatAreThereAreTakenOrRefusedWithTheDifference() throws Exception {
    SchemaPair pair = SchemaPair.create(server, "shape");
    server.execute(
        pair.source(),
        "CREATE TABLE good (id int PRIMARY KEY, v text)",
        "CREATE TABLE bad (id int PRIMARY KEY, v numeric(10,2), w text)");
    server.execute(
        pair.target(),
        "CREATE TABLE good (extra text, v text, id int PRIMARY KEY, at timestamptz NOT NULL DEFAULT"
            + " now())",
        "INSERT INTO good (id) VALUES (1)",
        "CREATE TABLE bad (id int, v numeric(12,2), need text NOT NULL)");
    PostgresTarget target = pair.target(Renaming.none());
    PostgresSchemaDescription description = pair.described();
    assertThatThrownBy(
            () -> new PostgresTables(target.own(), description, ExistingRows.FAIL).create())
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("has column v as numeric(12,2), the source as numeric(10,2)")
        .hasMessageContaining("has no column w (text)")
        .hasMessageContaining("a column need that the source lacks and that needs a value")
        .hasMessageContaining("has no primary or unique key on [id]");
    server.execute(pair.target(), "DROP TABLE bad");
    assertThatThrownBy(
            () -> new PostgresTables(target.own(), description, ExistingRows.FAIL).create())
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("\"public\".\"good\"");
    new PostgresTables(target.own(), description, ExistingRows.TRUNCATE).create();
    assertThat(strings(pair.target(), "SELECT count(*)::text FROM good")).containsExactly("0");
    new PostgresTables(target.own(), description, ExistingRows.FAIL).create();
  }

  private static void assertSameAfterTransfer(String name, String script) throws Exception {
    SchemaPair pair = SchemaPair.create(server, name);
    SchemaScripts.run(server, pair.source(), script);
    PostgresSchemaDescription description = pair.described();
    // Functions are not copied; the ones that defaults and checks call have to be there.
    transfer(pair.target(Renaming.none()), description);
    PostgresSchemaDescription there = pair.made();
    assertThat(lines(there)).isEqualTo(lines(description));
    assertThat(description.tables()).isNotEmpty();
  }

  /** Line by line, so that a difference is easy to find. */
  private static String lines(PostgresSchemaDescription description) {
    StringBuilder text = new StringBuilder();
    description.schemas().forEach(item -> text.append(item).append('\n'));
    description.extensions().forEach(item -> text.append(item.name()).append('\n'));
    description.collations().forEach(item -> text.append(item).append('\n'));
    description.types().forEach(item -> text.append(item).append('\n'));
    description.sequences().forEach(item -> text.append(item).append('\n'));
    description
        .tables()
        .forEach(item -> text.append(item.toString().replace("], ", "],\n  ")).append('\n'));
    // A replica identity is not copied, and what serves as key follows from it.
    return text.toString().replaceAll(", servesAsKey=\\w+|keyColumns=\\[.*", "");
  }

  private static void transfer(PostgresTarget target, PostgresSchemaDescription description)
      throws InterruptedException {
    new PostgresTables(target.own(), description, ExistingRows.FAIL).create();
    new PostgresTables(target.own(), description, ExistingRows.FAIL).create();
    new PostgresFinish(target.own(), description).finish("test");
    new PostgresFinish(target.own(), description).finish("test");
  }

  private static List<String> strings(String database, String sql) throws SQLException {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    }
  }
}
