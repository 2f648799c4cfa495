package io.tidemark.database.mysql.check;

import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.database.mysql.catalog.MySqlTargetFacts;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What of the target's tables the account is not shown, so that the stream would not notice if
 * somebody changed it.
 */
final class TargetVisibility {

  /** {@code GRANT privileges ON `schema`.`table` TO …}, as SHOW GRANTS prints it. */
  private static final Pattern GRANT =
      Pattern.compile(
          "GRANT (?<privileges>.+?) ON (?:TABLE )?(?<schema>\\*|`(?:[^`]|``)+`)\\."
              + "(?<table>\\*|`(?:[^`]|``)+`) TO .*",
          Pattern.DOTALL | Pattern.CASE_INSENSITIVE);

  private static final Pattern ROLE =
      Pattern.compile("GRANT [`'\"][^ ]*(?:,[`'\"][^ ]*)* TO .*", Pattern.DOTALL);

  private final MySqlQueries queries;
  private final List<String> grants;

  TargetVisibility(MySqlQueries queries) {
    this.queries = queries;
    this.grants =
        queries.list("asking for the account's privileges", "SHOW GRANTS", row -> row.getString(1));
  }

  /**
   * @param tables that are at the target
   */
  List<Finding> check(List<TableId> tables) {
    List<Finding> findings = new ArrayList<>();
    boolean showsIds = MySqlTargetFacts.showsIds(queries);
    boolean hasRoles = grants.stream().anyMatch(grant -> ROLE.matcher(grant).matches());
    for (TableId table : tables) {
      if (showsIds && !MySqlTargetFacts.showsId(queries, table)) {
        findings.add(
            new Finding(
                Severity.WARNING,
                table.toString(),
                "under this name it is not noticed if somebody else empties the table here or puts"
                    + " another one in its place: the server does not say how it writes the name in"
                    + " those of files",
                "give it a name of letters from a to z with rename.tables"));
      }
      if (grants.stream().noneMatch(grant -> showsTriggers(grant, table))) {
        findings.add(
            new Finding(
                hasRoles ? Severity.WARNING : Severity.ERROR,
                table.toString(),
                "the account lacks the privilege TRIGGER"
                    + (hasRoles ? ", unless a role of it has that" : "")
                    + ": it is not shown triggers that somebody makes, and every row that is written"
                    + " could become another one",
                "GRANT TRIGGER ON " + Identifiers.quote(table) + " TO the account of target.user"));
      }
    }
    return findings;
  }

  private static boolean showsTriggers(String grant, TableId table) {
    Matcher matcher = GRANT.matcher(grant);
    if (!matcher.matches()) {
      return false;
    }
    String privileges = matcher.group("privileges").toUpperCase(Locale.ROOT);
    return (privileges.matches("(?s)(?:.*, *)?TRIGGER(?:,.*)?")
            || privileges.startsWith("ALL PRIVILEGES"))
        && matches(matcher.group("schema"), table.schema(), true)
        && matches(matcher.group("table"), table.name(), false);
  }

  /** Names of databases in grants may hold wildcards (MySQL manual, 15.7.1.6). */
  private static boolean matches(String granted, String name, boolean wildcards) {
    if (granted.equals("*")) {
      return true;
    }
    String plain = granted.substring(1, granted.length() - 1).replace("``", "`");
    if (!wildcards) {
      return plain.equalsIgnoreCase(name);
    }
    StringBuilder pattern = new StringBuilder("(?i)");
    for (int i = 0; i < plain.length(); i++) {
      char c = plain.charAt(i);
      if (c == '\\' && i + 1 < plain.length()) {
        pattern.append(Pattern.quote(String.valueOf(plain.charAt(++i))));
      } else if (c == '%') {
        pattern.append(".*");
      } else if (c == '_') {
        pattern.append('.');
      } else {
        pattern.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return name.matches(pattern.toString());
  }
}
