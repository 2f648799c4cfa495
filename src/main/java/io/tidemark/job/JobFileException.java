package io.tidemark.job;

import java.util.List;
import java.util.stream.Collectors;

/** A job file cannot be used. The message has one line per problem: file, line, reason. */
public final class JobFileException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  JobFileException(String file, List<Problem> problems) {
    super(
        problems.stream()
            .map(problem -> file + ":" + problem.line() + ": " + problem.reason())
            .collect(Collectors.joining(System.lineSeparator())));
    this.problems = List.copyOf(problems);
  }

  /** All that is wrong, in the order of the lines; at least one. */
  public List<Problem> problems() {
    return problems;
  }
}
