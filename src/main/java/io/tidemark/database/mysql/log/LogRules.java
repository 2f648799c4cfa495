package io.tidemark.database.mysql.log;

import io.tidemark.database.mysql.catalog.UnloggedCascades;
import io.tidemark.database.mysql.session.MySqlQueries;
import java.util.Optional;

/**
 * What of the server decides what a statement in its log means.
 *
 * @param anyCase whether letter case is passed over in the names of databases and tables
 * @param unloggedCascades why rows that a foreign key changes are not in the log; empty if they are
 */
record LogRules(boolean anyCase, Optional<String> unloggedCascades) {

  /** Asks the server, whose answers only change when it is started again. */
  static LogRules read(MySqlQueries queries) {
    // MySQL manual, 11.2.3: 0 is as written; 1 in lower case; 2 as written and compared in lower
    // case. Rows in the log name their table in lower case then.
    boolean anyCase = !queries.variable("lower_case_table_names").orElse("0").equals("0");
    return new LogRules(anyCase, UnloggedCascades.reason(queries));
  }
}
