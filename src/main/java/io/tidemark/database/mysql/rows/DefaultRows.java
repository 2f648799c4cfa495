package io.tidemark.database.mysql.rows;

import io.tidemark.change.PortableRows;
import io.tidemark.change.Row;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.PortableSchema;
import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.key.SelectedFields;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.StreamSource;
import io.tidemark.database.mysql.session.StreamSource.Role;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The constants that columns get which an INSERT does not mention: a minimal image leaves them out
 * (MySQL manual, 19.1.6.4, {@code binlog_row_image}). Asked of the server in the form in which a
 * snapshot reads them, when they are first needed. What a column gets by an expression is in the
 * image. Used by one thread.
 */
public final class DefaultRows {

  private final StreamSource source;
  private final long epoch;
  private final Map<TableId, LoggedTable> tables;
  private final Map<Table, Row> rows = new HashMap<>();

  /**
   * Asks nothing yet; each question has a connection of its own.
   *
   * @param epoch under which the stream was claimed; sessions' names carry it
   * @param tables the announced ones
   */
  public DefaultRows(StreamSource source, long epoch, Map<TableId, LoggedTable> tables) {
    this.source = source;
    this.epoch = epoch;
    this.tables = Map.copyOf(tables);
  }

  /** A row of the defaults; absent where a column has none. */
  Row of(Table table) {
    return rows.computeIfAbsent(table, this::read);
  }

  private Row read(Table table) {
    try (MySqlQueries queries = source.open(epoch, Role.LOOKUP)) {
      int size = table.columns().size();
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      int[] offsets = new int[size];
      int[] lengths = new int[size];
      boolean[] absent = new boolean[size];
      for (int i = 0; i < size; i++) {
        offsets[i] = bytes.size();
        lengths[i] = -1;
        Optional<Optional<byte[]>> value = value(queries, table, table.columns().get(i));
        absent[i] = value.isEmpty();
        if (value.isPresent() && value.get().isPresent()) {
          bytes.writeBytes(value.get().get());
          lengths[i] = bytes.size() - offsets[i];
        }
      }
      Row.Builder row = Row.builder(bytes.toByteArray(), size);
      for (int i = 0; i < size; i++) {
        if (lengths[i] >= 0) {
          row.setValue(i, offsets[i], lengths[i]);
        } else if (!absent[i]) {
          row.setNull(i);
        }
      }
      return row.build();
    }
  }

  /** Empty if there is none; an empty one inside stands for null. */
  private Optional<Optional<byte[]>> value(MySqlQueries queries, Table table, Column column) {
    Table alone = new Table(table.id(), List.of(column), Optional.empty());
    SelectedFields fields = new SelectedFields(alone);
    String name = Identifiers.quote(column.name());
    // The default is asked of a row. Where the column may be null an outer join has one although
    // the table may be empty; where it may not, the join would make a null of the default.
    String sql =
        "SELECT "
            + fields.selectList()
            + " FROM (SELECT DEFAULT(t."
            + name
            + ") AS "
            + name
            + " FROM "
            + (column.nullable() ? "(SELECT 1 AS one) AS o LEFT JOIN " : "")
            + Identifiers.quote(table.id())
            + " AS t"
            + (column.nullable() ? " ON FALSE" : " LIMIT 1")
            + ") AS d";
    try {
      return queries
          .first(
              "asking for the default of column " + column.name() + " of " + table.id(),
              sql,
              row -> Optional.ofNullable(row.getBytes(1)))
          .map(found -> found.map(bytes -> encoded(fields, bytes)))
          .or(() -> fromCatalog(table, column));
    } catch (DatabaseException e) {
      if (e.kind() == Kind.RETRYABLE) {
        throw e;
      }
      return Optional.empty(); // it has none, or an expression
    }
  }

  private Optional<Optional<byte[]>> fromCatalog(Table table, Column column) {
    return Optional.ofNullable(tables.get(table.id()))
        .flatMap(logged -> logged.column(column.name()))
        .map(MySqlColumn::defaultValue)
        .filter(PortableSchema.DefaultValue.Literal.class::isInstance)
        .map(PortableSchema.DefaultValue.Literal.class::cast)
        .map(literal -> Optional.of(literal.text().getBytes(StandardCharsets.UTF_8)));
  }

  private static byte[] encoded(SelectedFields fields, byte[] value) {
    PortableRows.Encoder encoder = new PortableRows.Encoder();
    encoder.begin();
    fields.add(0, value, 0, value.length, encoder);
    encoder.end();
    PortableRows.Decoder decoder = new PortableRows.Decoder(1);
    byte[] bytes = encoder.take();
    decoder.add(bytes, bytes.length);
    Row row = decoder.next().orElseThrow();
    return java.util.Arrays.copyOfRange(row.array(), row.offset(0), row.offset(0) + row.length(0));
  }
}
