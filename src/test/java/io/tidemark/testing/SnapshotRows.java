package io.tidemark.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.change.KeyRange;
import io.tidemark.change.PortableRows;
import io.tidemark.change.Row;
import io.tidemark.database.SnapshotSession;
import io.tidemark.schema.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The rows that a snapshot has, of a source that gives them in the portable format. */
public final class SnapshotRows {

  private SnapshotRows() {}

  /** Those of a range, which are as many as the session says. */
  public static List<Row> read(SnapshotSession session, Table table, KeyRange range)
      throws InterruptedException {
    assertThat(session.format(table)).isEqualTo(PortableRows.FORMAT);
    PortableRows.Decoder decoder = new PortableRows.Decoder(table.columns().size());
    List<Row> rows = new ArrayList<>();
    long count =
        session.read(
            table,
            range,
            (bytes, length) -> {
              decoder.add(bytes, length);
              for (Optional<Row> row = decoder.next(); row.isPresent(); row = decoder.next()) {
                rows.add(row.get());
              }
            });
    decoder.finish();
    assertThat(count).isEqualTo(rows.size());
    return rows;
  }
}
