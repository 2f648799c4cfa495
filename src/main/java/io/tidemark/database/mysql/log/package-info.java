/**
 * The binary log as transactions of changes: begins, ends, prepared transactions, statements that
 * change tables, row filters, and why a log cannot be read on.
 */
package io.tidemark.database.mysql.log;
