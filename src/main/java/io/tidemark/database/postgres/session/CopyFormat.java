package io.tidemark.database.postgres.session;

/** In which forms PostgreSQL hands rows out and takes them in bulk. */
public final class CopyFormat {

  /** Rows in PostgreSQL's binary COPY format (PostgreSQL manual, COPY, "Binary Format"). */
  public static final String BINARY = "postgres/copy-binary";

  /** Rows in PostgreSQL's text COPY format with its defaults, in UTF-8. */
  public static final String TEXT = "postgres/copy-text";

  private CopyFormat() {}
}
