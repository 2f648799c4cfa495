package io.tidemark.database.jdbc;

import io.tidemark.database.LedgerView.About;
import io.tidemark.database.LedgerView.Report;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a job leaves in the ledger for whoever asks for its status; the caller commits. */
record LedgerReports(LedgerSql sql, String stream) {

  /** Enough for a message with its advice; the job's log has all of it. */
  private static final int MAX_LENGTH = 4_000;

  /** Sees to it that only the job of this epoch is heard. */
  void report(long epoch, About about, Optional<String> words) {
    boolean current =
        !sql.query(
                "SELECT epoch FROM tidemark.stream WHERE name = ? AND epoch = ?"
                    + sql.dialect().forShare(),
                row -> row.getLong(1),
                stream,
                epoch)
            .isEmpty();
    if (!current || (about == About.FAILURE && hasFailed(epoch))) {
      return;
    }
    sql.update("DELETE FROM tidemark.report WHERE stream = ? AND about = ?", stream, nameOf(about));
    words.ifPresent(
        text ->
            sql.update(
                "INSERT INTO tidemark.report (stream, about, epoch, said_at, words)"
                    + " VALUES (?, ?, ?, ?, ?)",
                stream,
                nameOf(about),
                epoch,
                Instant.now(),
                storable(text)));
  }

  private boolean hasFailed(long epoch) {
    return !sql.query(
            "SELECT epoch FROM tidemark.report WHERE stream = ? AND about = ? AND epoch = ?",
            row -> row.getLong(1),
            stream,
            nameOf(About.FAILURE),
            epoch)
        .isEmpty();
  }

  /** All that is there. To be asked of a ledger that has the table only. */
  List<Report> all() {
    return sql.query(
        "SELECT about, epoch, said_at, words FROM tidemark.report WHERE stream = ? ORDER BY said_at",
        row ->
            new Report(
                About.valueOf(row.getString(1).toUpperCase(Locale.ROOT)),
                row.getLong(2),
                LedgerSql.instant(row, 3).orElseThrow(),
                row.getString(4)),
        stream);
  }

  private static String nameOf(About about) {
    return about.name().toLowerCase(Locale.ROOT);
  }

  /** PostgreSQL's texts have no zero character. */
  private static String storable(String words) {
    String clean = words.replace('\0', ' ');
    int end = Math.min(clean.length(), MAX_LENGTH);
    // A half of a pair of surrogates is not a character.
    return clean.substring(
        0, end > 0 && Character.isHighSurrogate(clean.charAt(end - 1)) ? end - 1 : end);
  }
}
