/**
 * From a job file to a running Flink job: the file is read and checked as a whole, the databases
 * are looked over, the target's tables are created, and source and sink become one graph.
 *
 * <p>In comes a path, out goes a {@link io.tidemark.job.TidemarkJob} or all that is wrong with the
 * file. {@link io.tidemark.job.Databases} is the one place that picks a database's folder. Knows
 * everything but {@code cli}.
 */
package io.tidemark.job;
