package io.tidemark.database.mysql.position;

import io.tidemark.database.TransactionId;

/** What names a transaction: depends on how the server keeps its binary log. */
public sealed interface MySqlTransaction extends TransactionId
    permits Gtid, MariaDbGtid, BinlogPlace {}
