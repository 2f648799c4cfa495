package io.tidemark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a statement of an SQL file ends, and what a message calls it. */
class SqlFileTest {

  @TempDir private Path folder;

  private List<SqlFile.Statement> parse(String... lines) {
    return SqlFile.parse(
        "f.sql", String.join("\n", lines), Map.of("SECRET", "it's; \"x\" -- y")::get, folder);
  }

  @Test
  void statementsEndAtSemicolonsOutsideOfQuotesAndComments() {
    List<SqlFile.Statement> statements =
        parse(
            "-- a comment; with a semicolon and a '",
            "SELECT 'a;''b -- no comment' /* one;",
            " more ' */ FROM `t;``u` /*+ OPTIONS('x' = ';') */;",
            "",
            "  ; SET 'a' = 'b';",
            "SHOW",
            "TABLES");
    assertThat(statements).extracting(SqlFile.Statement::line).containsExactly(2, 5, 6);
    assertThat(statements)
        .extracting(SqlFile.Statement::text)
        .containsExactly(
            "SELECT 'a;''b -- no comment' \n  FROM `t;``u` /*+ OPTIONS('x' = ';') */",
            "SET 'a' = 'b'",
            "SHOW\nTABLES");
    assertThat(statements)
        .extracting(SqlFile.Statement::name)
        .containsExactly("SELECT …", "SET …", "SHOW TABLES");
    assertThat(parse("", " ; ", "-- nothing")).isEmpty();
  }

  @Test
  void aStatementSetIsOneStatement() {
    for (String begin : List.of("EXECUTE STATEMENT SET\nBEGIN", "begin  statement set;")) {
      List<SqlFile.Statement> statements =
          parse(
              "SET 'a' = 'b';",
              begin,
              "INSERT INTO a SELECT 1;",
              "INSERT INTO b SELECT 2;",
              "END;",
              "SHOW TABLES;");
      assertThat(statements).hasSize(3);
      assertThat(statements.get(1).line()).isEqualTo(2);
      assertThat(statements.get(1).words())
          .isIn("EXECUTE STATEMENT SET BEGIN INSERT INTO A SELECT 1; INSERT INTO B SELECT 2; END");
    }
    assertThatThrownBy(
            () -> parse("SHOW TABLES;", "BEGIN STATEMENT SET;", "INSERT INTO a SELECT 1;"))
        .hasMessage("f.sql:2: the statement set is not closed: END; is missing");
  }

  @Test
  void placeholdersStandForTextAndAreNotShown() throws Exception {
    Files.writeString(folder.resolve("secret"), "from a file\n");
    SqlFile.Statement statement =
        parse("CREATE CATALOG c WITH (", "'password' = '${env:SECRET}', 'x' = '${file:secret}')")
            .get(0);
    assertThat(statement.text())
        .isEqualTo(
            "CREATE CATALOG c WITH (\n" + "'password' = 'it''s; \"x\" -- y', 'x' = 'from a file')");
    assertThat(statement.name()).isEqualTo("CREATE CATALOG c WITH …");
    assertThatThrownBy(() -> parse("", "SET 'a' = '${env:NOT_THERE}'"))
        .hasMessage("f.sql:2: the environment variable NOT_THERE is not set");
  }

  @Test
  void whatIsNotClosedIsNamedByItsLine() {
    assertThatThrownBy(() -> parse("SHOW TABLES;", "SELECT 'a", "b"))
        .hasMessage("f.sql:2: a ' is not closed");
    assertThatThrownBy(() -> parse("SHOW TABLES; /* a", "b"))
        .hasMessage("f.sql:1: a comment is not closed");
    assertThatThrownBy(() -> SqlFile.read(folder.resolve("nowhere.sql")))
        .hasMessageContaining("cannot be read");
  }
}
