package io.tidemark.table;

import io.tidemark.schema.TableId;
import java.util.Arrays;
import java.util.Optional;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.types.RowKind;

/** What a row may carry beside its columns. */
enum RowMetadata {
  /** The table's name without its schema. */
  TABLE_NAME("table_name", DataTypes.STRING().notNull()) {
    @Override
    StringData of(String database, TableId table, RowKind kind) {
      return StringData.fromString(table.name());
    }
  },
  /** The schema; at MySQL and MariaDB the database. */
  SCHEMA_NAME("schema_name", DataTypes.STRING().notNull()) {
    @Override
    StringData of(String database, TableId table, RowKind kind) {
      return StringData.fromString(table.schema());
    }
  },
  /** The database. */
  DATABASE_NAME("database_name", DataTypes.STRING().notNull()) {
    @Override
    StringData of(String database, TableId table, RowKind kind) {
      return StringData.fromString(database.isEmpty() ? table.schema() : database);
    }
  },
  /** {@code +I}, {@code -U}, {@code +U} or {@code -D}. */
  ROW_KIND("row_kind", DataTypes.STRING().notNull()) {
    @Override
    StringData of(String database, TableId table, RowKind kind) {
      return StringData.fromString(kind.shortString());
    }
  };

  private final String key;
  private final DataType type;

  RowMetadata(String key, DataType type) {
    this.key = key;
    this.type = type;
  }

  /** What the DDL calls it. */
  String key() {
    return key;
  }

  DataType type() {
    return type;
  }

  /**
   * In Flink's internal form.
   *
   * @param database empty where a schema is the database
   */
  abstract StringData of(String database, TableId table, RowKind kind);

  static Optional<RowMetadata> named(String key) {
    return Arrays.stream(values()).filter(metadata -> metadata.key.equals(key)).findFirst();
  }
}
