package io.tidemark.database.mysql.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySqlServer;
import io.tidemark.schema.TableId;
import io.tidemark.settings.CheckedJob;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Rows that a foreign key changes below the log are copied only if the log has the update that
 * brings them about.
 */
class UntoldCascadesIT {

  private static final CheckedJob JOB = new CheckedJob(2, ExistingRows.FAIL, false);

  @MariaDb private static MySqlServer server;

  private static MySqlSource source(Map<TableId, List<String>> columns, String... tables) {
    return new MySqlSource(
        server.spec("untold"),
        "untold",
        new Selection(List.of(tables), columns, Map.of()),
        SourceSettings.DEFAULT);
  }

  private static List<Finding> errors(MySqlSource source) {
    return source.check(JOB).findings().stream()
        .filter(finding -> finding.severity() == Severity.ERROR)
        .toList();
  }

  private static void assertRefused(MySqlSource source, String... words) {
    assertThat(errors(source))
        .singleElement()
        .satisfies(
            finding -> assertThat(finding.problem() + ". " + finding.remedy()).contains(words));
    try (SourceControl control = source.openControl(1)) {
      assertThatThrownBy(control::createLog)
          .isInstanceOfSatisfying(
              DatabaseException.class,
              failure -> {
                assertThat(failure.kind()).isEqualTo(DatabaseException.Kind.FATAL);
                assertThat(failure.getMessage()).contains("table untold.child").contains(words);
              });
    }
  }

  @Test
  void aKeyWhoseUpdatesTheLogReaderDoesNotSeeIsRefused() throws Exception {
    server.createDatabase("untold");
    server.execute(
        "untold",
        "CREATE TABLE parent (id INT PRIMARY KEY, code INT NOT NULL, UNIQUE KEY (code))",
        "CREATE TABLE child (id INT PRIMARY KEY, code INT, CONSTRAINT follows FOREIGN KEY (code)"
            + " REFERENCES parent (code) ON UPDATE CASCADE)",
        "INSERT INTO parent VALUES (1, 10)",
        "INSERT INTO child VALUES (1, 10)");
    MySqlSource both = source(Map.of(), "untold.*");
    assertThat(errors(both)).isEmpty();
    SourceControl.LogStart start;
    try (SourceControl control = both.openControl(1)) {
      start = control.createLog();
    }
    String[] words = {
      "foreign key follows is ON UPDATE CASCADE",
      "table untold.parent, is not copied",
      "ON UPDATE RESTRICT; or copy table untold.parent too"
    };
    MySqlSource alone = source(Map.of(), "untold.child");
    assertRefused(alone, words);
    try (SourceControl control = alone.openControl(1)) {
      assertThatThrownBy(() -> control.requireLog(start.position(), SourceMemory.NONE))
          .hasMessageContainingAll(words);
    }
    assertRefused(
        source(Map.of(new TableId("untold", "parent"), List.of("id")), "untold.*"), words);
    // The advice works.
    server.execute(
        "untold",
        "ALTER TABLE child DROP FOREIGN KEY follows, ADD CONSTRAINT kept FOREIGN KEY (code)"
            + " REFERENCES parent (code) ON UPDATE RESTRICT");
    assertThat(errors(alone)).isEmpty();
    try (SourceControl control = alone.openControl(1)) {
      assertThatCode(control::createLog).doesNotThrowAnyException();
    }
  }
}
