package io.tidemark.staging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.FencedException;
import io.tidemark.job.Databases;
import io.tidemark.lab.Server;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a sink rests on, at every database alike. */
@Timeout(120)
abstract class StagedSinkContract {

  private static final String JOB = "job-one";
  private static int databases;

  private String database = "";

  abstract Server server();

  /** The schema of tables that are made without one. */
  abstract String schema(String database);

  @BeforeEach
  void makeTables() throws Exception {
    database = "staged" + databases++;
    server().createDatabase(database);
    server()
        .execute(
            database,
            "CREATE TABLE keyed (k int PRIMARY KEY, v varchar(20))",
            "CREATE TABLE added (k int, v varchar(20))");
  }

  private StagedSink sink(String table) {
    return Databases.sink(
        server().spec(database),
        new SinkTable(
            database + "." + table,
            new TableId(schema(database), table),
            List.of("k", "v"),
            table.equals("keyed") ? List.of("k") : List.of()));
  }

  private static StagedRows stage(StagedSink sink, String... rows) {
    try (StagingWriter writer = sink.openStaging()) {
      return stage(writer, rows);
    }
  }

  /** Each row is its key and its value, or only its key if it goes. */
  private static StagedRows stage(StagingWriter writer, String... rows) {
    for (String row : rows) {
      String[] parts = row.split("=", 2);
      @Nullable Object[] values = {parts[0], parts.length == 2 ? parts[1] : null};
      writer.add(parts.length == 1, values);
    }
    return writer.finish();
  }

  private static StagedCheckpoint first(long epoch, StagedRows... staged) {
    return new StagedCheckpoint(new Milestone(epoch, 1), Optional.empty(), List.of(staged));
  }

  private static StagedCheckpoint after(
      StagedCheckpoint previous, long epoch, StagedRows... staged) {
    return new StagedCheckpoint(
        new Milestone(epoch, previous.number().sequence() + 1),
        Optional.of(previous.number()),
        List.of(staged));
  }

  private List<String> rows(String query) {
    try (Connection connection = server().connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      List<String> all = new ArrayList<>();
      while (rows.next()) {
        all.add(rows.getString(1));
      }
      return all;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<String> table(String table) {
    return rows("SELECT CONCAT(k, '=', v) FROM " + table + " ORDER BY k, v");
  }

  private List<String> staged(String table) {
    return rows("SELECT name FROM tidemark.staged WHERE sink = '" + database + "." + table + "'");
  }

  @Test
  void whatIsStagedIsSeenWhenItIsMerged() {
    StagedSink sink = sink("keyed");
    long epoch = sink.claim(JOB, Optional.empty());
    StagedCheckpoint checkpoint = first(epoch, stage(sink, "1=a", "2=b"), stage(sink, "3=c"));
    assertThat(table("keyed")).isEmpty();
    sink.merge(JOB, checkpoint);
    assertThat(table("keyed")).containsExactly("1=a", "2=b", "3=c");
    assertThat(staged("keyed")).isEmpty();
  }

  @Test
  void theLastChangeOfAKeyCounts() {
    StagedSink sink = sink("keyed");
    long epoch = sink.claim(JOB, Optional.empty());
    StagedCheckpoint checkpoint = first(epoch, stage(sink, "1=a", "2=b", "3=c", "4=d"));
    sink.merge(JOB, checkpoint);
    try (StagingWriter writer = sink.openStaging()) {
      StagedRows earlier = stage(writer, "1=x", "2", "5=e");
      StagedRows later = stage(writer, "1", "2=y", "2=z", "3", "3=w", "5", "6=f", "6");
      sink.merge(JOB, after(checkpoint, epoch, earlier, later));
    }
    assertThat(table("keyed")).containsExactly("2=z", "3=w", "4=d");
  }

  @Test
  void whatWasMergedIsNotMergedAgain() {
    StagedSink sink = sink("added");
    long epoch = sink.claim(JOB, Optional.empty());
    StagedCheckpoint checkpoint = first(epoch, stage(sink, "1=a", "1=a"));
    sink.merge(JOB, checkpoint);
    sink.merge(JOB, checkpoint);
    // As after a failure: another attempt has it in its state.
    long next = sink.claim(JOB, Optional.of(checkpoint.number()));
    sink.merge(JOB, checkpoint);
    StagedCheckpoint second = after(checkpoint, next, stage(sink, "2=b"));
    sink.merge(JOB, second);
    sink.merge(JOB, checkpoint);
    assertThat(table("added")).containsExactly("1=a", "1=a", "2=b");
    assertThat(staged("added")).isEmpty();
  }

  @Test
  void whatTheStateHasIsMergedByTheNextAttempt() {
    StagedSink sink = sink("added");
    long epoch = sink.claim(JOB, Optional.empty());
    StagedCheckpoint checkpoint = first(epoch, stage(sink, "1=a"));
    sink.claim(JOB, Optional.of(checkpoint.number()));
    sink.merge(JOB, checkpoint);
    assertThat(table("added")).containsExactly("1=a");
  }

  @Test
  void anAttemptThatWasReplacedChangesNothing() {
    StagedSink sink = sink("keyed");
    long epoch = sink.claim(JOB, Optional.empty());
    StagedCheckpoint kept = first(epoch, stage(sink, "1=a"));
    sink.merge(JOB, kept);
    StagedCheckpoint late = after(kept, epoch, stage(sink, "1=b", "2=b"));
    long next = sink.claim(JOB, Optional.of(kept.number()));
    assertThatThrownBy(() -> sink.merge(JOB, late))
        .isInstanceOfSatisfying(
            DatabaseException.class,
            e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.RETRYABLE))
        .hasMessageContaining("a later one of this job has replaced");
    assertThat(table("keyed")).containsExactly("1=a");
    sink.merge(JOB, after(kept, next, stage(sink, "1=c")));
    assertThat(table("keyed")).containsExactly("1=c");
    assertThat(staged("keyed")).as("what the replaced one left").isEmpty();
  }

  @Test
  void ofTwoJobsOneIsFenced() {
    StagedSink sink = sink("added");
    long epoch = sink.claim(JOB, Optional.empty());
    StagedCheckpoint mine = first(epoch, stage(sink, "1=a"));
    sink.merge(JOB, mine);
    long other = sink.claim("job-two", Optional.empty());
    assertThat(other).isGreaterThan(epoch);
    sink.merge("job-two", first(other, stage(sink, "2=b")));
    assertThatThrownBy(() -> sink.merge(JOB, after(mine, epoch, stage(sink, "3=c"))))
        .isInstanceOf(FencedException.class)
        .hasMessageContaining("'sink.name'");
    assertThat(table("added")).containsExactly("1=a", "2=b");
  }

  @Test
  void aStateOlderThanTheTargetIsRefusedWithoutAKey() {
    StagedSink sink = sink("added");
    long epoch = sink.claim(JOB, Optional.empty());
    StagedCheckpoint old = first(epoch, stage(sink, "1=a"));
    sink.merge(JOB, old);
    sink.merge(JOB, after(old, epoch, stage(sink, "2=b")));
    assertThatThrownBy(() -> sink.claim("job-two", Optional.of(old.number())))
        .hasMessageContaining("older than the target")
        .hasMessageContaining("has no key");
  }

  @Test
  void aStateOlderThanTheTargetIsCaughtUpWithAKey() {
    StagedSink sink = sink("keyed");
    long epoch = sink.claim(JOB, Optional.empty());
    StagedCheckpoint old = first(epoch, stage(sink, "1=a"));
    sink.merge(JOB, old);
    sink.merge(JOB, after(old, epoch, stage(sink, "1=b")));
    long next = sink.claim("job-two", Optional.of(old.number()));
    sink.merge("job-two", old);
    sink.merge("job-two", after(old, next, stage(sink, "1=b", "2=c")));
    assertThat(table("keyed")).containsExactly("1=b", "2=c");
  }

  @Test
  void whatIsMissingIsSaid() throws Exception {
    StagedSink sink = sink("keyed");
    long epoch = sink.claim(JOB, Optional.empty());
    StagedCheckpoint checkpoint = first(epoch, stage(sink, "1=a", "2=b"));
    server().execute(database, "DELETE FROM tidemark." + staged("keyed").get(0) + " WHERE c0 = 1");
    assertThatThrownBy(() -> sink.merge(JOB, checkpoint))
        .hasMessageContaining("has 1 rows instead of having 2 rows");
    server().execute(database, "DROP TABLE tidemark." + staged("keyed").get(0));
    assertThatThrownBy(() -> sink.merge(JOB, checkpoint)).hasMessageContaining("is gone");
    StagedCheckpoint later = after(checkpoint, epoch, stage(sink, "3=c"));
    assertThatThrownBy(() -> sink.merge(JOB, later)).hasMessageContaining("has lost rows");
    assertThat(table("keyed")).isEmpty();
  }

  /** Nothing of a checkpoint is there if a part of it cannot be, and it is not noted as merged. */
  @Test
  void aCheckpointIsOneTransaction() throws Exception {
    server()
        .execute(
            database,
            "ALTER TABLE keyed ADD CONSTRAINT small CHECK (k < 10)",
            "INSERT INTO keyed VALUES (1, 'old'), (2, 'old')");
    StagedSink sink = sink("keyed");
    long epoch = sink.claim(JOB, Optional.empty());
    StagedCheckpoint checkpoint =
        first(epoch, stage(sink, "1=new", "2", "3=c"), stage(sink, "10=x"));
    assertThatThrownBy(() -> sink.merge(JOB, checkpoint)).isInstanceOf(DatabaseException.class);
    assertThat(table("keyed")).containsExactly("1=old", "2=old");
    server().execute(database, "ALTER TABLE keyed DROP CONSTRAINT small");
    sink.merge(JOB, checkpoint);
    assertThat(table("keyed")).containsExactly("1=new", "3=c", "10=x");
  }

  @Test
  void whatAWriterHasNotFinishedGoesWithIt() {
    StagedSink sink = sink("keyed");
    long epoch = sink.claim(JOB, Optional.empty());
    try (StagingWriter writer = sink.openStaging()) {
      for (int i = 0; i < 20_000; i++) {
        writer.add(false, new Object[] {String.valueOf(i), "x".repeat(20)});
      }
    }
    assertThat(staged("keyed")).isEmpty();
    sink.merge(JOB, first(epoch, stage(sink, "1=a")));
    assertThat(table("keyed")).containsExactly("1=a");
  }
}
