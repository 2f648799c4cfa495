package io.tidemark.database.mysql.snapshot;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.catalog.LogCoverage;
import io.tidemark.database.mysql.position.BinlogPlace;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.database.mysql.position.ExecutedSet;
import io.tidemark.database.mysql.position.GtidSet;
import io.tidemark.database.mysql.position.MariaDbGtidList;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.ServerVersion;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a server says about its binary log. Borrows its connection; used by one thread. */
public final class ServerLog {

  /** In which terms a server's transactions are named. */
  public enum Terms {
    /** MySQL with {@code gtid_mode = ON}. */
    GTID,
    /** MariaDB, whose transactions always have GTIDs. */
    MARIADB_GTID,
    /** MySQL without GTIDs: places in its files. */
    FILE
  }

  /** One file of the log. */
  public record LogFile(String name, long bytes) {}

  /** {@code [0-1-5,1-2-3]} in {@code SHOW BINLOG EVENTS}. */
  private static final Pattern GTID_LIST = Pattern.compile("\\[([^\\]]*)].*", Pattern.DOTALL);

  private static final int EVENTS_BEFORE_GTID_LIST = 8;

  private final MySqlQueries queries;
  private final ServerVersion server;
  private final Terms terms;
  private @Nullable MariaDbGtidList shown;

  /** Asks the server what it is and how it names transactions, once. */
  public ServerLog(MySqlQueries queries) {
    this.queries = queries;
    this.server = queries.version();
    this.terms = terms(queries, server);
  }

  private static Terms terms(MySqlQueries queries, ServerVersion server) {
    if (server.isMariaDb()) {
      return Terms.MARIADB_GTID;
    }
    return queries.variable("gtid_mode").orElse("OFF").equalsIgnoreCase("ON")
        ? Terms.GTID
        : Terms.FILE;
  }

  /** What the server was when this was made. */
  public ServerVersion server() {
    return server;
  }

  /** How the server named transactions when this was made. */
  public Terms terms() {
    return terms;
  }

  /**
   * Where the log ends now: every transaction that is visible lies before it.
   *
   * @throws DatabaseException fatal, if the server writes none
   */
  public BinlogPlace end() {
    return queries
        .first(
            "asking for the end of the binary log",
            LogCoverage.statusStatement(server),
            row -> new BinlogPlace(row.getString(1), row.getLong(2)))
        .orElseThrow(
            () ->
                new DatabaseException(
                    Kind.FATAL,
                    "the source writes no binary log (log_bin is OFF): start the server with"
                        + " --log-bin"));
  }

  /** Its files, the oldest first. */
  public List<LogFile> files() {
    return queries.list(
        "listing the binary log's files",
        "SHOW BINARY LOGS",
        row -> new LogFile(row.getString(1), row.getLong(2)));
  }

  /**
   * The transactions that every consistent read shows that is opened from now on.
   *
   * <p>MySQL: {@code gtid_executed}, to which a transaction is added after the engine has committed
   * it (sql/binlog.cc, {@code process_commit_stage_queue}: {@code update_commit_group} follows the
   * commits). Without GTIDs the end of the log, which may show a transaction a moment too early;
   * sessions lock their tables, and so wait for what has changed these. MariaDB: {@code
   * gtid_binlog_pos} is ahead of what is visible, so it counts only once the log's end as of then
   * is in a snapshot.
   */
  public ExecutedSet visible() {
    return switch (terms) {
      case GTID -> executed();
      case FILE -> end();
      case MARIADB_GTID -> {
        MariaDbGtidList logged =
            queries.one(
                "asking for gtid_binlog_pos",
                "SELECT @@global.gtid_binlog_pos",
                row -> MariaDbGtidList.parse(row.getString(1)));
        BinlogPlace end = end();
        queries.execute(
            "taking a snapshot", "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
        BinlogPlace snapshot = snapshotPlace();
        queries.execute("ending a snapshot", "ROLLBACK");
        if (snapshot.compareTo(end) >= 0) {
          shown = logged;
        } else if (shown == null) {
          shown = gtidsUpTo(snapshot);
        }
        yield shown;
      }
    };
  }

  /** MySQL's {@code gtid_executed}. */
  public GtidSet executed() {
    return queries.one(
        "asking for gtid_executed",
        "SELECT @@global.gtid_executed",
        row -> GtidSet.parse(row.getString(1)));
  }

  /** MySQL's {@code gtid_owned}: what has a GTID, and is neither committed nor rolled back. */
  public GtidSet owned() {
    return queries.one(
        "asking for gtid_owned",
        "SELECT @@global.gtid_owned",
        row -> GtidSet.parseOwned(row.getString(1)));
  }

  /** MySQL's {@code gtid_purged}: what is in no file of the log any more. */
  public GtidSet purged() {
    return queries.one(
        "asking for gtid_purged",
        "SELECT @@global.gtid_purged",
        row -> GtidSet.parse(row.getString(1)));
  }

  /**
   * MariaDB, inside a transaction with a consistent snapshot: the place in the log that it is as of
   * (MariaDB documentation, "Enhancements for START TRANSACTION WITH CONSISTENT SNAPSHOT").
   */
  BinlogPlace snapshotPlace() {
    record Status(String name, String value) {}
    List<Status> status =
        queries.list(
            "asking for the snapshot's place in the log",
            "SHOW STATUS LIKE 'binlog_snapshot_%'",
            row -> new Status(row.getString(1), row.getString(2)));
    String file = "";
    String position = "0";
    for (Status one : status) {
      if (one.name().equalsIgnoreCase("binlog_snapshot_file")) {
        file = one.value();
      } else if (one.name().equalsIgnoreCase("binlog_snapshot_position")) {
        position = one.value();
      }
    }
    if (file.isEmpty()) {
      throw new DatabaseException(
          Kind.FATAL,
          "the source writes no binary log (log_bin is OFF): start the server with --log-bin");
    }
    return new BinlogPlace(file, Long.parseLong(position));
  }

  /**
   * MariaDB: the transactions before a place in the log. The server reads the file up to there.
   *
   * @throws DatabaseException retryable, if the file has been purged meanwhile
   */
  MariaDbGtidList gtidsUpTo(BinlogPlace place) {
    return queries
        .one(
            "asking for the GTIDs before " + place.print(),
            "SELECT BINLOG_GTID_POS("
                + Identifiers.literal(place.file())
                + ", "
                + place.offset()
                + ")",
            row -> Optional.ofNullable(row.getString(1)))
        .map(MariaDbGtidList::parse)
        .orElseThrow(
            () ->
                new DatabaseException(
                    Kind.RETRYABLE,
                    "the source cannot tell the GTIDs before "
                        + place.print()
                        + ": the file was purged, or is damaged"));
  }

  /** MariaDB: what its oldest file begins after. */
  public MariaDbGtidList oldest() {
    String file = files().stream().findFirst().map(LogFile::name).orElse("");
    String what = "reading the start of " + file;
    return queries
        .list(
            what,
            "SHOW BINLOG EVENTS IN "
                + Identifiers.literal(file)
                + " LIMIT "
                + EVENTS_BEFORE_GTID_LIST,
            row -> row.getString("Event_type").equals("Gtid_list") ? row.getString("Info") : "")
        .stream()
        .filter(info -> !info.isEmpty())
        .findFirst()
        .map(
            info -> {
              Matcher matcher = GTID_LIST.matcher(info);
              return MariaDbGtidList.parse(matcher.matches() ? matcher.group(1) : "");
            })
        .orElse(MariaDbGtidList.EMPTY);
  }

  /** Where a log reader starts that is to read what is not visible now. */
  public BinlogPosition start() {
    if (terms == Terms.FILE) {
      return new BinlogPosition(end());
    }
    // The place first: it is a hint, and all that lies before it may be later in the set only.
    BinlogPlace place = end();
    return new BinlogPosition(visible(), Optional.of(place));
  }

  /**
   * How many bytes lie behind a position; 0 if nobody knows.
   *
   * @throws IllegalArgumentException if the position is in other terms than the server's
   */
  public long bytesBehind(BinlogPosition position) {
    Optional<BinlogPlace> from = position.place();
    if (from.isEmpty()) {
      return 0;
    }
    String base = from.get().file().substring(0, from.get().file().lastIndexOf('.'));
    long bytes = 0;
    for (LogFile file : files()) {
      BinlogPlace start = new BinlogPlace(file.name(), 0);
      if (!file.name().startsWith(base + ".")) {
        return 0; // the hint is of another server of the same group
      }
      if (file.name().equals(from.get().file())) {
        bytes += Math.max(0, file.bytes() - from.get().offset());
      } else if (start.compareTo(from.get()) > 0) {
        bytes += file.bytes();
      }
    }
    return bytes;
  }
}
