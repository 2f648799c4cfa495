package io.tidemark.database.mysql.catalog;

import io.tidemark.database.PortableSchema.Action;
import io.tidemark.database.PortableSchema.ForeignKey;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a table's foreign keys out of what SHOW CREATE TABLE says, which whoever may read the table
 * may see. The catalog's own list of them MariaDB shows only to those who may do more.
 */
public final class ForeignKeyClauses {

  private static final String NAME = "`((?:[^`]|``)+)`";
  private static final String NAMES = "\\(((?:`(?:[^`]|``)+`(?:, ?)?)+)\\)";

  private static final Pattern CLAUSE =
      Pattern.compile(
          "^\\s*CONSTRAINT "
              + NAME
              + " FOREIGN KEY (?:`(?:[^`]|``)+` )?"
              + NAMES
              + " REFERENCES (?:"
              + NAME
              + "\\.)?"
              + NAME
              + " "
              + NAMES
              + "([^\\n]*)",
          Pattern.MULTILINE);

  private static final Pattern ONE_NAME = Pattern.compile(NAME);
  private static final Pattern RULE =
      Pattern.compile("ON (DELETE|UPDATE) (CASCADE|SET NULL|SET DEFAULT|RESTRICT|NO ACTION)");

  private ForeignKeyClauses() {}

  /**
   * @param createStatement with names in back-ticks
   */
  public static List<ForeignKey> of(TableId table, String createStatement) {
    List<ForeignKey> keys = new ArrayList<>();
    Matcher clause = CLAUSE.matcher(createStatement);
    while (clause.find()) {
      String schema = clause.group(3) == null ? table.schema() : unquoted(clause.group(3));
      keys.add(
          new ForeignKey(
              unquoted(clause.group(1)),
              names(clause.group(2)),
              new TableId(schema, unquoted(clause.group(4))),
              names(clause.group(5)),
              rule(clause.group(6), "UPDATE"),
              rule(clause.group(6), "DELETE")));
    }
    return keys;
  }

  private static List<String> names(String list) {
    return ONE_NAME.matcher(list).results().map(name -> unquoted(name.group(1))).toList();
  }

  private static String unquoted(String name) {
    return name.replace("``", "`");
  }

  private static Action rule(String rules, String event) {
    Matcher rule = RULE.matcher(rules);
    while (rule.find()) {
      if (rule.group(1).equals(event)) {
        return Action.valueOf(rule.group(2).replace(' ', '_'));
      }
    }
    return Action.NO_ACTION;
  }
}
