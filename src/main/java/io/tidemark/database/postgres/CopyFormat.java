package io.tidemark.database.postgres;

/** In which forms PostgreSQL hands rows out and takes them in bulk. */
final class CopyFormat {

  /** Rows in PostgreSQL's binary COPY format (PostgreSQL manual, COPY, "Binary Format"). */
  static final String BINARY = "postgres/copy-binary";

  /** Rows in PostgreSQL's text COPY format with its defaults, in UTF-8. */
  static final String TEXT = "postgres/copy-text";

  private CopyFormat() {}
}
