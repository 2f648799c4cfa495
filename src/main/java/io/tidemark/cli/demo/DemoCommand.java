package io.tidemark.cli.demo;

import io.tidemark.cli.Terminal;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tidemark demo}: the whole thing on servers of its own, with proof at the end. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Starts two real database servers, fills one with a shop, keeps writers at work on it,",
      "copies it to the other one, and compares both row by row."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:nothing differs", "1:something differs, or failed", "2:misuse"})
public final class DemoCommand implements Callable<Integer> {

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Option(
      names = "--from",
      paramLabel = "DATABASE",
      defaultValue = "postgres",
      description = "What to copy from: postgres (default), mysql or mariadb.")
  private String from;

  @Option(
      names = "--to",
      paramLabel = "DATABASE",
      defaultValue = "postgres",
      description = "What to copy to: postgres (default), mysql or mariadb.")
  private String to;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "How many rows the shop has at first, in all (default: ${DEFAULT-VALUE}).")
  private long rows;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "20",
      description =
          "How long the writers work beside the job, and longer if the copy takes longer (default:"
              + " ${DEFAULT-VALUE}).")
  private long seconds;

  @Option(
      names = "--keep",
      description = "Leaves servers and job running after the comparison, until Ctrl-C.")
  private boolean keep;

  /** For the command line, which makes it by name. */
  public DemoCommand() {}

  @Override
  public Integer call() throws Exception {
    DemoDatabase source = database("--from", from);
    DemoDatabase target = database("--to", to);
    if (rows < 1_000) {
      throw misuse("--rows must be at least 1000");
    }
    if (seconds < 0) {
      throw misuse("--seconds must not be negative");
    }
    Terminal terminal = Terminal.ofProcess();
    // After Ctrl-C the servers go at once, and what then fails is of no interest.
    AtomicBoolean ending = new AtomicBoolean();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> ending.set(true), "demo-ending"));
    try (Demo demo = Demo.start(terminal, source, target, rows)) {
      boolean identical = demo.run(Duration.ofSeconds(seconds));
      if (keep) {
        demo.keepRunning();
      }
      return identical ? 0 : 1;
    } catch (DemoFailure e) {
      if (!ending.get()) {
        terminal.say("The demo failed: " + e.getMessage());
      }
      return 1;
    } catch (RuntimeException e) {
      if (ending.get()) {
        return 1;
      }
      throw e;
    }
  }

  private DemoDatabase database(String option, String name) {
    return DemoDatabase.named(name)
        .orElseThrow(
            () ->
                misuse(
                    option
                        + " "
                        + name
                        + " is not a database that the demo has; it has "
                        + String.join(", ", DemoDatabase.options())));
  }

  private CommandLine.ParameterException misuse(String message) {
    return new CommandLine.ParameterException(spec.commandLine(), message);
  }
}
