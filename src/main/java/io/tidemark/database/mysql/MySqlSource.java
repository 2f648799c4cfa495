package io.tidemark.database.mysql;

import io.tidemark.database.CheckedJob;
import io.tidemark.database.ConnectionSpec;
import io.tidemark.database.FilteredLogReader;
import io.tidemark.database.LogPosition;
import io.tidemark.database.LogReader;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.Selection;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.SourceLookup;
import io.tidemark.database.StreamRemains;
import io.tidemark.database.TableReader;
import io.tidemark.schema.Table;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A MySQL or MariaDB server that is copied from. Its rows are in the portable encoding.
 *
 * @param stream names the sessions: 1 to 40 of {@code [a-z0-9_]}
 */
public record MySqlSource(
    ConnectionSpec connection, String stream, Selection selection, MySqlSourceSettings settings)
    implements SourceDatabase {

  private static final long serialVersionUID = 1L;

  private static final Pattern STREAM = Pattern.compile("[a-z0-9_]{1,40}");

  /** What a session is for. */
  enum Role {
    CHECK,
    CONTROL,
    SNAPSHOT,
    LOCK,
    LOG,
    LOOKUP;

    String print() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public MySqlSource {
    if (!STREAM.matcher(stream).matches()) {
      throw new IllegalArgumentException(
          "a stream's name has 1 to 40 lower-case letters, digits and underscores, not '"
              + stream
              + "'");
    }
  }

  /** What the server shows as a session's program, where it shows it. */
  String sessionName(long epoch, Role role) {
    return "tidemark:" + stream + ":" + epoch + ":" + role.print();
  }

  MySqlQueries open(long epoch, Role role) {
    return new MySqlQueries(MySqlSessions.open(connection, sessionName(epoch, role)));
  }

  @Override
  public PositionFormat positions() {
    return new MySqlPositions();
  }

  @Override
  public SourceCheck check(CheckedJob job) {
    return SourceChecks.check(this, job);
  }

  @Override
  public MySqlSchemaDescription describe() {
    try (MySqlQueries queries = open(0, Role.CHECK)) {
      return SchemaReader.read(queries, selection);
    }
  }

  @Override
  public StreamRemains remains() {
    return new MySqlRemains(this);
  }

  /** Its rows are in the portable encoding already. */
  @Override
  public SourceDatabase portable() {
    return this;
  }

  @Override
  public TableReader openReader() {
    MySqlSession session = MySqlSession.openForReading(this);
    try (MySqlQueries queries = open(1, Role.CHECK)) {
      return TableReader.of(MySqlCatalog.tables(queries, selection), session);
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  @Override
  public SourceControl openControl(long epoch) {
    return new MySqlControl(this, epoch);
  }

  @Override
  public SnapshotSession openSession(long epoch, Optional<String> shared, List<Table> tables) {
    return MySqlSession.open(this, epoch, tables);
  }

  @Override
  public SourceLookup openLookup(long epoch, List<Table> tables) {
    return new MySqlLookup(this, epoch, tables);
  }

  @Override
  public LogReader openLog(long epoch, LogPosition from, List<Table> tables) {
    LogReader log = MySqlLogReader.open(this, epoch, (BinlogPosition) from, tables);
    return FilteredLogReader.over(
        log, selection, tables, filtered -> MySqlRowFilters.open(this, epoch, filtered));
  }
}
