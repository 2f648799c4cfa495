package io.tidemark.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** A server as a process of this machine, with all that it writes in one temporary folder. */
abstract class ServerProcess implements ServerHost {

  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(60);

  private final Path folder = Files.createTempDirectory("tidemark-server-");
  private Optional<Process> latest = Optional.empty();

  /** A new folder, for a server that is not started. */
  ServerProcess() throws IOException {}

  /** The command line that starts the server. */
  abstract List<String> command(int port) throws IOException;

  final Path folder() {
    return folder;
  }

  /** Where the server keeps its data. */
  final Path data() {
    return folder.resolve("data");
  }

  @Override
  public final void start(int port) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command(port));
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
    builder.environment().put("LC_ALL", "C");
    latest = Optional.of(builder.start());
  }

  @Override
  public final boolean isRunning() {
    return latest.map(Process::isAlive).orElse(false);
  }

  @Override
  public final long pid() {
    return latest.orElseThrow().pid();
  }

  /** Tells the server to end by a signal, and waits for the end of all that it has started. */
  final void end(String signal) {
    if (!isRunning()) {
      return;
    }
    List<ProcessHandle> all = processes();
    try {
      new ProcessBuilder("kill", "-" + signal, String.valueOf(pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException("the server cannot be told to stop", e);
    } catch (InterruptedException e) {
      latest.orElseThrow().destroyForcibly();
      throw interrupted(e);
    }
    awaitExit(all);
  }

  /** Also waits for the processes that the server has started, which notice its end. */
  @Override
  public final void kill() {
    if (!isRunning()) {
      return;
    }
    List<ProcessHandle> all = processes();
    latest.orElseThrow().destroyForcibly();
    awaitExit(all);
  }

  private List<ProcessHandle> processes() {
    Process server = latest.orElseThrow();
    return Stream.concat(Stream.of(server.toHandle()), server.descendants()).toList();
  }

  private void awaitExit(List<ProcessHandle> processes) {
    try {
      CompletableFuture.allOf(
              processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new))
          .get(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
      // A Process takes note of its end after its handle has, and is alive until then.
      latest.orElseThrow().waitFor();
    } catch (TimeoutException e) {
      // Only the processes of this server, which does not stop otherwise.
      processes.forEach(ProcessHandle::destroyForcibly);
    } catch (ExecutionException e) {
      throw new IllegalStateException("waiting for the server's end failed", e);
    } catch (InterruptedException e) {
      processes.forEach(ProcessHandle::destroyForcibly);
      throw interrupted(e);
    }
  }

  @Override
  public final String endOfLog() throws IOException {
    String text = Files.readString(log(), StandardCharsets.UTF_8);
    return text.substring(Math.max(0, text.length() - 2000));
  }

  @Override
  public void discard() throws IOException {
    // Nothing is worth being written first.
    kill();
    DirectoryTree.delete(folder);
  }

  private Path log() {
    return folder.resolve("server.log");
  }

  private static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted while a server stops", e);
  }
}
