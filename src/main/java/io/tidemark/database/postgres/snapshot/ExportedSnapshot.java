package io.tidemark.database.postgres.snapshot;

import io.tidemark.database.SourceControl;
import io.tidemark.database.postgres.position.PostgresSnapshot;
import io.tidemark.database.postgres.session.PostgresQueries;
import java.util.function.UnaryOperator;

/**
 * A snapshot that other sessions can import: it lives as long as the transaction that exported it
 * (PostgreSQL manual, 9.28.5).
 *
 * <p>Its name carries its position, so that all sessions of one snapshot have the same one.
 */
public final class ExportedSnapshot implements SourceControl.SharedSnapshot {

  /** What an importing session needs to know. */
  public record Name(String id, PostgresSnapshot position) {}

  private final PostgresQueries session;
  private final Name name;

  private ExportedSnapshot(PostgresQueries session, Name name) {
    this.session = session;
    this.name = name;
  }

  /**
   * Takes over {@code session}, also where it fails.
   *
   * @param secured given what the snapshot contains, sees to it that the server cannot lose it, and
   *     says how far the log must be read to have passed it
   */
  public static ExportedSnapshot export(
      PostgresQueries session, UnaryOperator<PostgresSnapshot> secured) {
    try {
      session.execute("opening a snapshot", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      Name name =
          session.one(
              "exporting a snapshot",
              PostgresSnapshot.SELECT + ", pg_catalog.pg_export_snapshot()",
              row -> new Name(row.getString(3), session.snapshot(row)));
      return new ExportedSnapshot(session, new Name(name.id(), secured.apply(name.position())));
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  /**
   * Reads what {@link #name} printed.
   *
   * @throws IllegalArgumentException if it is malformed
   */
  public static Name parse(String printed) {
    int bar = printed.indexOf('|');
    if (bar < 0) {
      throw new IllegalArgumentException("not the name of a shared snapshot: '" + printed + "'");
    }
    return new Name(printed.substring(0, bar), PostgresSnapshot.parse(printed.substring(bar + 1)));
  }

  @Override
  public String name() {
    return name.id() + "|" + name.position().print();
  }

  @Override
  public PostgresSnapshot position() {
    return name.position();
  }

  @Override
  public void close() {
    session.close();
  }
}
