/**
 * The binary log's connection: a replica's handshake and dump, and events without their rows:
 * transactions, compressed payloads, statements.
 */
package io.tidemark.database.mysql.wire;
