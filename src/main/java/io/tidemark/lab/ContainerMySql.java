package io.tidemark.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;

/** A server in a container of its own, from the official image of its vendor. */
final class ContainerMySql implements MySqlHost {

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final MySqlVendor vendor;
  private final String name;
  private final Path options;
  private OptionalInt publishedPort = OptionalInt.empty();

  private ContainerMySql(MySqlVendor vendor, String name, Path options) {
    this.vendor = vendor;
    this.name = name;
    this.options = options;
  }

  /**
   * Whether there is an engine, and the image, which is pulled if need be.
   *
   * @param attempts takes the reason if not
   */
  static boolean isPossible(MySqlVendor vendor, List<String> attempts) {
    try {
      Command.run("docker", "version", "--format", "{{.Server.Version}}");
      if (Command.run("docker", "image", "ls", "--quiet", vendor.image()).isBlank()) {
        Command.run("docker", "pull", "--quiet", vendor.image());
      }
      return true;
    } catch (IOException e) {
      attempts.add("a container of " + vendor.image() + ", by docker: " + e.getMessage());
      return false;
    }
  }

  static ContainerMySql create(MySqlVendor vendor, Map<String, String> settings)
      throws IOException {
    ContainerMySql host =
        new ContainerMySql(
            vendor,
            "tidemark-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet(),
            Files.createTempFile("tidemark-options-", ".cnf"));
    Files.writeString(host.options, "[mysqld]\n");
    // A temporary file is its owner's only, and the server in the container is somebody else.
    host.options.toFile().setReadable(true, false);
    host.configure(settings);
    return host;
  }

  @Override
  public void start(int port) throws IOException {
    if (publishedPort.isPresent() && publishedPort.getAsInt() != port) {
      // It keeps the port that it was created with, which somebody else has taken.
      remove();
    }
    if (publishedPort.isEmpty()) {
      Command.run(
          "docker",
          "create",
          "--name",
          name,
          "--publish",
          "127.0.0.1:" + port + ":3306",
          "--env",
          "MYSQL_ALLOW_EMPTY_PASSWORD=yes",
          "--env",
          "MYSQL_ROOT_HOST=%",
          "--env",
          "MYSQL_INITDB_SKIP_TZINFO=yes",
          vendor.image());
      publishedPort = OptionalInt.of(port);
    }
    Command.run("docker", "cp", options.toString(), name + ":/etc/mysql/conf.d/tidemark.cnf");
    Command.run("docker", "start", name);
  }

  @Override
  public boolean isRunning() {
    return publishedPort.isPresent() && state("Running").equals("true");
  }

  @Override
  public long pid() {
    return Long.parseLong(state("Pid"));
  }

  @Override
  public void stop() {
    docker("stop", "--time", "60", name);
  }

  @Override
  public void kill() {
    if (isRunning()) {
      docker("kill", name);
      docker("wait", name);
    }
  }

  @Override
  public boolean isAtTheEndOf(Connection connection) {
    // Nobody else can listen where the container's port is published.
    return true;
  }

  @Override
  public void prepare(Connection root) throws SQLException {
    try (Statement statement = root.createStatement()) {
      for (String sql : MySqlData.USER_STATEMENTS) {
        statement.execute(sql);
      }
      // The image's first steps are in the binlog.
      statement.execute(
          switch (vendor) {
            case MYSQL -> "RESET BINARY LOGS AND GTIDS";
            case MARIADB -> "RESET MASTER";
          });
    }
  }

  @Override
  public void configure(Map<String, String> settings) throws IOException {
    Files.writeString(options, MySqlHost.lines(settings), StandardOpenOption.APPEND);
  }

  @Override
  public String endOfLog() throws IOException {
    return Command.run("docker", "logs", "--tail", "40", name);
  }

  @Override
  public Optional<List<String>> client(String program, int port) {
    return Optional.of(
        List.of(
            "docker",
            "exec",
            "--interactive",
            name,
            program,
            "--no-defaults",
            "--protocol=TCP",
            "--host=127.0.0.1",
            "--port=3306",
            "--user=root"));
  }

  @Override
  public void discard() throws IOException {
    Files.deleteIfExists(options);
    remove();
  }

  private void remove() {
    if (publishedPort.isPresent()) {
      docker("rm", "--force", "--volumes", name);
      publishedPort = OptionalInt.empty();
    }
  }

  private String state(String property) {
    return docker("inspect", "--format", "{{.State." + property + "}}", name).strip();
  }

  private static String docker(String... arguments) {
    List<String> command = new ArrayList<>(List.of("docker"));
    command.addAll(List.of(arguments));
    try {
      return Command.run(command.toArray(String[]::new));
    } catch (IOException e) {
      throw new UncheckedIOException("docker " + arguments[0] + " failed", e);
    }
  }
}
