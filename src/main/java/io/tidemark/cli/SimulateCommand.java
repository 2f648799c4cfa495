package io.tidemark.cli;

import io.tidemark.simulation.Failure;
import io.tidemark.simulation.Rule;
import io.tidemark.simulation.SimulationRun;
import io.tidemark.simulation.Teeth;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tidemark simulate}: the copy protocol on simulated databases, schedule by schedule. */
@Command(
    name = "simulate",
    mixinStandardHelpOptions = true,
    description = {
      "Tries the copy protocol on simulated databases, with delays, crashes and zombies.",
      "One seed is one schedule. Ends with 0 only if every schedule held."
    })
final class SimulateCommand implements Callable<Integer> {

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "200000",
      description = "How many schedules (default: ${DEFAULT-VALUE}).")
  private long seeds;

  @Option(
      names = "--from",
      paramLabel = "S",
      defaultValue = "1",
      description = "The first seed (default: ${DEFAULT-VALUE}).")
  private long from;

  @Option(
      names = "--without",
      paramLabel = "RULE",
      description =
          "Leave a rule of the protocol out, and show the shortest schedule that notices:"
              + " ${COMPLETION-CANDIDATES}.")
  private Optional<Rule> without = Optional.empty();

  @Option(
      names = "--teeth",
      description =
          "Leave each rule out in turn, and print a table of the schedules that notice, as in"
              + " docs/simulation.md.")
  private boolean teeth;

  @Override
  public Integer call() throws InterruptedException {
    Terminal terminal = Terminal.ofProcess();
    if (teeth) {
      Optional<List<String>> described = Teeth.describe();
      described.ifPresentOrElse(
          lines -> lines.forEach(terminal::say),
          () -> terminal.say("there is a rule whose absence no schedule notices"));
      return described.isPresent() ? 0 : 1;
    }
    if (without.isPresent()) {
      Optional<Failure> noticed =
          SimulationRun.withoutRule(without.get(), from, Teeth.MOST_SCHEDULES);
      terminal.say(
          noticed
              .map(Failure::describe)
              .orElse("no schedule notices that " + without.get().words() + " is missing"));
      return noticed.isPresent() ? 0 : 1;
    }
    SimulationRun.Result result =
        SimulationRun.run(from, seeds, Runtime.getRuntime().availableProcessors());
    result.decisions().forEach(terminal::say);
    result.first().forEach(failure -> terminal.say(failure.describe()));
    terminal.say(result.summary());
    return result.failed().isEmpty() ? 0 : 1;
  }
}
