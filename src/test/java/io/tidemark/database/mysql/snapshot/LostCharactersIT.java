package io.tidemark.database.mysql.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.KeyRange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.SourceControl;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.lab.Loans;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.schema.Table;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A character that a user has defined for himself is not copied as a question mark. */
class LostCharactersIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void aCodeWithoutACharacterIsRefusedAndAQuestionMarkIsNot(MySqlVendor vendor) throws Exception {
    MySqlServer server = LOANS.mySql("source", vendor);
    server.createDatabase("lost");
    server.execute(
        "lost",
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20) CHARACTER SET gbk,"
            + " b TEXT CHARACTER SET sjis, c VARCHAR(20) CHARACTER SET utf8mb4)",
        "INSERT INTO t VALUES (1, '?a?', '?', '?'), (2, NULL, NULL, NULL),"
            + " (3, _gbk x'c4e33f', _sjis x'82a03f', '?')");
    MySqlSource source =
        new MySqlSource(
            server.spec("lost"),
            "lost",
            new Selection(List.of("lost.*"), Map.of(), Map.of()),
            SourceSettings.DEFAULT);
    assertThat(read(source)).isEqualTo(3);
    // In the areas of these sets that are left to users.
    for (String value : List.of("a = _gbk x'61aaa1'", "b = _sjis x'f040'")) {
      server.execute("lost", "UPDATE t SET " + value + " WHERE id = 2");
      assertThatThrownBy(() -> read(source))
          .isInstanceOfSatisfying(
              DatabaseException.class,
              failure -> {
                assertThat(failure.kind()).isEqualTo(DatabaseException.Kind.FATAL);
                assertThat(failure.getMessage()).contains("lost.t", "question mark");
              });
      server.execute("lost", "UPDATE t SET a = NULL, b = NULL WHERE id = 2");
    }
    assertThat(read(source)).isEqualTo(3);
  }

  private static long read(MySqlSource source) throws InterruptedException {
    List<Table> tables;
    try (SourceControl control = source.openControl(1)) {
      tables = control.tables();
    }
    try (SnapshotSession session = source.openSession(1, Optional.empty(), tables)) {
      return session.read(tables.get(0), KeyRange.everything(), (bytes, length) -> {});
    }
  }
}
