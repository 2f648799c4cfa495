package io.tidemark.cli;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.FencedException;
import io.tidemark.job.JobFileException;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The {@code tidemark} command. */
@Command(
    name = "tidemark",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    description = "Copies a live database into another one without stopping writes.",
    subcommands = {
      RunCommand.class,
      CheckCommand.class,
      StatusCommand.class,
      DropCommand.class,
      SimulateCommand.class,
      SqlCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark demo                         see it work, on its own servers",
      "  tidemark check JOB                    look for what would fail",
      "  tidemark run JOB                      copy, then stream until Ctrl-C",
      "  tidemark run JOB --until-consistent   copy once, catch up and end",
      "  tidemark status JOB                   how far a stream is",
      "  tidemark simulate --seeds 200000      try the copy protocol on simulated databases",
      "  tidemark sql FILE                     run statements of Flink SQL",
      "  tidemark drop JOB                     remove slot, publication, ledger",
      "JOB is a file like jobs/postgres-to-postgres.yaml."
    })
public final class Main implements Runnable {

  private static final String DEMO = "io.tidemark.cli.demo.DemoCommand";

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Option(
      names = "--log-file",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      description =
          "Where the log goes (default: target/tidemark-STREAM.log for run, and"
              + " target/tidemark-STREAM-COMMAND.log for the others).")
  void setLogFile(Path file) {
    CommandLog.to(file);
  }

  /** Runs one command and ends this process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new Main());
    addDemo(commandLine);
    commandLine.setExecutionExceptionHandler(explaining());
    commandLine.setUsageHelpAutoWidth(true);
    return commandLine;
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "a command is missing");
  }

  /** The demo brings database servers, so a class path for production leaves it out. */
  private static void addDemo(CommandLine commandLine) {
    try {
      commandLine.addSubcommand(
          Class.forName(DEMO, true, Main.class.getClassLoader())
              .getDeclaredConstructor()
              .newInstance());
    } catch (ClassNotFoundException | NoClassDefFoundError e) {
      // Then there is no demo to run, and --help does not list one.
      return;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the demo command cannot be made", e);
    }
  }

  /** What was foreseen is told in its own words; for anything else the stack trace is the help. */
  private static IExecutionExceptionHandler explaining() {
    return (failure, commandLine, parsed) -> {
      if (failure instanceof JobFileException
          || failure instanceof SqlFile.UnreadableException
          || failure instanceof DatabaseException
          || failure instanceof FencedException) {
        commandLine.getErr().println(failure.getMessage());
        commandLine.getErr().flush();
        return CommandLine.ExitCode.SOFTWARE;
      }
      throw failure;
    };
  }
}
