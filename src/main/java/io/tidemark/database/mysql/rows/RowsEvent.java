package io.tidemark.database.mysql.rows;

import io.tidemark.database.mysql.wire.BinlogEvent;
import java.util.Optional;

/**
 * What kind of event holds rows.
 *
 * @param hasExtraData whether a length and something that nobody needs comes before the columns
 * @param compressed whether MariaDB has compressed what follows the columns
 */
public record RowsEvent(RowsReader.Action action, boolean hasExtraData, boolean compressed) {

  /** Empty if events of this type hold none. */
  public static Optional<RowsEvent> of(int type) {
    return Optional.ofNullable(
        switch (type) {
          case BinlogEvent.WRITE_ROWS_V1 -> new RowsEvent(RowsReader.Action.WRITE, false, false);
          case BinlogEvent.UPDATE_ROWS_V1 -> new RowsEvent(RowsReader.Action.UPDATE, false, false);
          case BinlogEvent.DELETE_ROWS_V1 -> new RowsEvent(RowsReader.Action.DELETE, false, false);
          case BinlogEvent.WRITE_ROWS -> new RowsEvent(RowsReader.Action.WRITE, true, false);
          case BinlogEvent.UPDATE_ROWS -> new RowsEvent(RowsReader.Action.UPDATE, true, false);
          case BinlogEvent.DELETE_ROWS -> new RowsEvent(RowsReader.Action.DELETE, true, false);
          case BinlogEvent.PARTIAL_UPDATE_ROWS ->
              new RowsEvent(RowsReader.Action.PARTIAL_UPDATE, true, false);
          case BinlogEvent.MARIADB_WRITE_ROWS_COMPRESSED_V1 ->
              new RowsEvent(RowsReader.Action.WRITE, false, true);
          case BinlogEvent.MARIADB_UPDATE_ROWS_COMPRESSED_V1 ->
              new RowsEvent(RowsReader.Action.UPDATE, false, true);
          case BinlogEvent.MARIADB_DELETE_ROWS_COMPRESSED_V1 ->
              new RowsEvent(RowsReader.Action.DELETE, false, true);
          case BinlogEvent.MARIADB_WRITE_ROWS_COMPRESSED ->
              new RowsEvent(RowsReader.Action.WRITE, true, true);
          case BinlogEvent.MARIADB_UPDATE_ROWS_COMPRESSED ->
              new RowsEvent(RowsReader.Action.UPDATE, true, true);
          case BinlogEvent.MARIADB_DELETE_ROWS_COMPRESSED ->
              new RowsEvent(RowsReader.Action.DELETE, true, true);
          default -> null;
        });
  }
}
