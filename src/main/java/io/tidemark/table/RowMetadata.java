package io.tidemark.table;

import io.tidemark.change.Origin;
import io.tidemark.schema.TableId;
import java.util.Arrays;
import java.util.Optional;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.types.RowKind;
import org.jspecify.annotations.Nullable;

/** What a row may carry beside its columns. */
enum RowMetadata {
  /** The table's name without its schema. */
  TABLE_NAME("table_name", DataTypes.STRING().notNull()) {
    @Override
    Object of(String database, TableId table, RowKind kind, Coming coming) {
      return StringData.fromString(table.name());
    }
  },
  /** The schema; at MySQL and MariaDB the database. */
  SCHEMA_NAME("schema_name", DataTypes.STRING().notNull()) {
    @Override
    Object of(String database, TableId table, RowKind kind, Coming coming) {
      return StringData.fromString(table.schema());
    }
  },
  /** The database. */
  DATABASE_NAME("database_name", DataTypes.STRING().notNull()) {
    @Override
    Object of(String database, TableId table, RowKind kind, Coming coming) {
      return StringData.fromString(database.isEmpty() ? table.schema() : database);
    }
  },
  /** {@code +I}, {@code -U}, {@code +U} or {@code -D}. */
  ROW_KIND("row_kind", DataTypes.STRING().notNull()) {
    @Override
    Object of(String database, TableId table, RowKind kind, Coming coming) {
      return StringData.fromString(kind.shortString());
    }
  },
  /** When the change was committed, by the database's clock; 1970 for a row of the copy. */
  OP_TS("op_ts", DataTypes.TIMESTAMP_LTZ(3).notNull()) {
    @Override
    Object of(String database, TableId table, RowKind kind, Coming coming) {
      return TimestampData.fromEpochMillis(
          coming.origin().map(origin -> origin.committedAt().toEpochMilli()).orElse(0L));
    }
  },
  /** Where the change's transaction lies in the log; null for a row of the copy. */
  POSITION("position", DataTypes.STRING()) {
    @Override
    @Nullable Object of(String database, TableId table, RowKind kind, Coming coming) {
      return coming
          .origin()
          .map(origin -> StringData.fromString(origin.printPosition()))
          .orElse(null);
    }
  },
  /** The database's name for the change's transaction; null for a row of the copy. */
  TRANSACTION_ID("transaction_id", DataTypes.STRING()) {
    @Override
    @Nullable Object of(String database, TableId table, RowKind kind, Coming coming) {
      return coming
          .origin()
          .map(origin -> StringData.fromString(origin.printTransaction()))
          .orElse(null);
    }
  },
  /** Which of its transaction's changes it is, from 1; null for a row of the copy. */
  ORDINAL("ordinal", DataTypes.BIGINT()) {
    @Override
    @Nullable Object of(String database, TableId table, RowKind kind, Coming coming) {
      return coming.origin().map(origin -> origin.ordinal(coming.change())).orElse(null);
    }
  };

  /**
   * How a row comes.
   *
   * @param origin the transaction that changed it, and others; empty for a row of the copy
   * @param change which of them
   */
  record Coming(Optional<Origin> origin, int change) {

    /** By a copy of the table. */
    static final Coming COPIED = new Coming(Optional.empty(), 0);
  }

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
  abstract @Nullable Object of(String database, TableId table, RowKind kind, Coming coming);

  static Optional<RowMetadata> named(String key) {
    return Arrays.stream(values()).filter(metadata -> metadata.key.equals(key)).findFirst();
  }
}
