package io.tidemark.sink;

import io.tidemark.change.ChangeEvent.ChunkAborted;
import io.tidemark.change.ChangeEvent.ChunkBegin;
import io.tidemark.change.ChangeEvent.ChunkEnd;
import io.tidemark.change.ChangeEvent.ChunkRows;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.TargetWriter.ChunkLoad;
import java.util.Optional;

/** Loads chunks, each in a target transaction that ends with its row in the ledger. */
final class ChunkLoader {

  private final WriterSession session;
  private final SinkMeasures measures;
  private Optional<Open> open = Optional.empty();

  private record Open(ChunkBegin begin, ChunkLoad load) {}

  ChunkLoader(WriterSession session, SinkMeasures measures) {
    this.session = session;
    this.measures = measures;
  }

  void begin(ChunkBegin begin) {
    if (open.isPresent()) {
      throw new IllegalStateException(begin.chunk() + " starts before the one before it has ended");
    }
    session.open(begin.epoch());
    session.at(begin.epoch(), begin::snapshot);
    open = Optional.of(new Open(begin, session.writer().beginChunk(begin.table(), begin.format())));
  }

  void rows(ChunkRows rows) {
    open.orElseThrow().load().write(rows.bytes(), rows.length());
  }

  /**
   * @throws DatabaseException fatal, if the target took another number of rows than the source gave
   */
  void end(ChunkEnd end) {
    Open ending = open.orElseThrow();
    open = Optional.empty();
    long rows = ending.load().end();
    if (rows != end.rows()) {
      session.writer().rollback();
      throw new DatabaseException(
          DatabaseException.Kind.FATAL,
          end.chunk()
              + ": the source gave "
              + end.rows()
              + " rows and the target took "
              + rows
              + ". Nothing of it was committed. A rule or a condition on the target's table that"
              + " drops rows would explain it; remove it");
    }
    if (!session.ledger().recordChunk(ending.begin(), rows)) {
      session.writer().rollback();
      return;
    }
    session.writer().commit();
    measures.chunkLoaded(rows);
  }

  void aborted(ChunkAborted aborted) {
    Open ending = open.orElseThrow();
    open = Optional.empty();
    ending.load().abort();
    session.writer().rollback();
  }

  void abort() {
    session.abort();
  }

  void close() {
    session.close();
  }
}
