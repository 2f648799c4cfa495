package io.tidemark.job;

/**
 * One thing that is wrong with a job file. Shows no secret.
 *
 * @param line from 1
 */
public record Problem(int line, String reason) {}
