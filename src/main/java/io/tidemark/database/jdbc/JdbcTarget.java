package io.tidemark.database.jdbc;

import io.tidemark.database.Ledger;
import io.tidemark.database.LedgerView;
import io.tidemark.database.TargetDatabase;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Renaming;
import java.sql.Connection;
import java.util.Map;

/** A target that is reached by JDBC and keeps the ledger in SQL tables. */
public interface JdbcTarget extends TargetDatabase {

  /**
   * A plain connection for the ledger and for checks: auto-commit off, READ COMMITTED, named after
   * {@code session} where the server shows names.
   *
   * @throws io.tidemark.database.DatabaseException if it cannot be opened
   */
  Connection connect(String session);

  /** What the source's tables are called here. */
  Renaming renaming();

  /** How the tables here are described. */
  TargetFacts facts();

  /** The statements in which this database's SQL differs where the ledger needs it. */
  LedgerDialect ledgerDialect();

  @Override
  default Ledger ledger(String stream) {
    return new JdbcLedger(this, stream);
  }

  @Override
  default LedgerView ledgerView(String stream) {
    return new JdbcLedgerView(this, stream);
  }

  @Override
  default boolean removeLedger(String stream) {
    return new LedgerRemoval(this, stream).remove();
  }

  @Override
  default Map<TableId, Long> deadLetters() {
    return JdbcLedgerView.deadLetters(this);
  }
}
