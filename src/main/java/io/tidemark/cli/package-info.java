/**
 * The command line: {@code tidemark run, check, status, drop, simulate, sql} and, where it is on
 * the class path, {@code demo}.
 *
 * <p>In come arguments and a job file or SQL file, out go a running job, lines for people and an
 * exit code (0 done, 1 failed, 2 misuse). Knows every other package; nobody knows it. Reaches
 * databases through the interfaces in {@code database} and the ledger through {@code sink}.
 */
package io.tidemark.cli;
