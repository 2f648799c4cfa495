package io.tidemark.database.mysql.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.MySqlSessions;
import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Every character that a name may have is written in the names of files as the servers do it. */
class FileNamesIT {

  private static final int BLOCK = 256;

  /** So that the file's name is no longer than a file system's may be. */
  private static final int LETTERS_PER_NAME = 40;

  private static boolean isHalf(int letter) {
    return letter >= Character.MIN_SURROGATE && letter <= Character.MAX_SURROGATE;
  }

  /** Says itself how it writes any of them. */
  @Test
  void mariaDb(@MariaDb MySqlServer server) throws Exception {
    List<String> different = new ArrayList<>();
    try (MySqlQueries queries = new MySqlQueries(MySqlSessions.open(server.spec(""), "test"))) {
      for (int from = 1; from < 0x10000; from += BLOCK) {
        StringBuilder columns = new StringBuilder();
        List<String> letters = new ArrayList<>();
        for (int letter = from; letter < Math.min(from + BLOCK, 0x10000); letter++) {
          if (!isHalf(letter)) {
            letters.add(Character.toString(letter));
            columns.append(columns.isEmpty() ? "SELECT " : ", ");
            columns.append("CAST(CONVERT(_utf8mb4 x'");
            columns.append(
                HexFormat.of()
                    .formatHex(Character.toString(letter).getBytes(StandardCharsets.UTF_8)));
            columns.append("' USING filename) AS BINARY)");
          }
        }
        if (!letters.isEmpty()) {
          different.addAll(
              queries.one(
                  "asking how names are written",
                  columns.toString(),
                  row -> {
                    List<String> found = new ArrayList<>();
                    for (int i = 0; i < letters.size(); i++) {
                      String there = new String(row.getBytes(i + 1), StandardCharsets.UTF_8);
                      if (!there.equals(FileNames.of(letters.get(i)))) {
                        found.add("U+%04x: %s".formatted((int) letters.get(i).charAt(0), there));
                      }
                    }
                    return found;
                  }));
        }
      }
    }
    assertThat(different).isEmpty();
  }

  /** Shows it by its files: of the letters that have a code of their own, and some others. */
  @Test
  void mySql(@MySql MySqlServer server) throws Exception {
    List<String> names = names();
    assertThat(names).hasSizeGreaterThan(30);
    server.createDatabase("näme");
    try (MySqlQueries queries = new MySqlQueries(MySqlSessions.open(server.spec(""), "test"))) {
      List<String> expected = new ArrayList<>();
      for (String name : names) {
        queries.execute(
            "making a table",
            "CREATE TABLE `näme`." + Identifiers.quote(name) + " (id INT PRIMARY KEY)");
        expected.add(FileNames.of("näme") + "/" + FileNames.of(name));
      }
      List<String> there =
          queries.list(
              "asking for the names of tables",
              "SELECT NAME FROM information_schema.INNODB_TABLES WHERE NAME LIKE 'n@%me/%'",
              row -> row.getString(1));
      assertThat(new TreeSet<>(there)).isEqualTo(new TreeSet<>(expected));
    }
  }

  private static List<String> names() {
    List<String> names = new ArrayList<>(List.of("con", "Lpt9", "a-b$.c d", "日本語", "€"));
    StringBuilder name = new StringBuilder();
    for (int letter = 0x80; letter < 0x10000; letter++) {
      String written = isHalf(letter) ? "@0000" : FileNames.of(Character.toString(letter));
      if (written.length() < 5) {
        name.appendCodePoint(letter);
      }
      if (name.length() == LETTERS_PER_NAME) {
        names.add(name.toString());
        name.setLength(0);
      }
    }
    names.add(name.toString());
    return names;
  }
}
