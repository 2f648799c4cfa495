package io.tidemark.staging;

/** Stages rows, which nobody sees before they are merged. Used by one thread at a time. */
public interface StagingWriter extends RowWriter {

  /** Makes everything durable that was added since the last call, and says where it is. */
  StagedRows finish();
}
