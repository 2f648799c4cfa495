/**
 * Servers on loan: real PostgreSQL, MySQL and MariaDB servers on this machine, each in a process or
 * container of its own and gone without a trace when it is closed; and where their programs come
 * from. In: which server and its settings. Out: how to reach it. The demo and the tests borrow
 * them; the product knows none of it, and the jar for clusters does not carry it.
 */
package io.tidemark.lab;
