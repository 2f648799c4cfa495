package io.tidemark.database.mysql;

import io.tidemark.database.TransactionId;

/** What names a transaction: depends on how the server keeps its binary log. */
sealed interface MySqlTransaction extends TransactionId permits Gtid, MariaDbGtid, BinlogPlace {}
