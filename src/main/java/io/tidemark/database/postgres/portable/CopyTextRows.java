package io.tidemark.database.postgres.portable;

import io.tidemark.change.PortableRows;
import io.tidemark.database.SnapshotSession.Output;
import io.tidemark.database.postgres.catalog.PortableTable;
import io.tidemark.database.postgres.snapshot.CopyLine;
import io.tidemark.database.postgres.value.Bytes;

/** Makes portable rows of pieces of a COPY in text format. */
final class CopyTextRows {

  private static final int PIECE_BYTES = 256 * 1024;

  private final PortableTable table;
  private final Output output;
  private final PortableRows.Encoder encoder = new PortableRows.Encoder();
  private final CopyLine line;
  private final Bytes value = new Bytes();

  CopyTextRows(PortableTable table, Output output) {
    this.table = table;
    this.output = output;
    this.line = new CopyLine(table.own().id(), table.size());
  }

  /** A piece of whole lines, which belongs to this from here on. */
  void piece(byte[] bytes, int length) throws InterruptedException {
    int at = 0;
    while (at < length) {
      at = line.read(bytes, at, length);
      row(bytes);
      if (encoder.size() >= PIECE_BYTES) {
        finish();
      }
    }
  }

  /** Hands on what is left. */
  void finish() throws InterruptedException {
    if (encoder.size() > 0) {
      int size = encoder.size();
      output.write(encoder.take(), size);
    }
  }

  private void row(byte[] bytes) {
    encoder.begin();
    for (int field = 0; field < line.fields(); field++) {
      if (line.isNull(field)) {
        encoder.nullValue();
      } else {
        value.clear();
        table.convert(field, bytes, line.offset(field), line.length(field), value);
        encoder.value(value.array(), 0, value.size());
      }
    }
    encoder.end();
  }
}
