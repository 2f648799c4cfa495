package io.tidemark.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The benchmark program sysbench, of Debian's package, which is fetched once per machine and
 * installed nowhere.
 *
 * @param root what the packages were unpacked into
 */
public record Sysbench(Path root) {

  /** Its client library speaks to both servers. */
  private static final DebianPackages PACKAGES =
      new DebianPackages("bookworm", List.of("sysbench"));

  /**
   * The program, which is downloaded when it is asked for the first time.
   *
   * @throws IOException where there is no apt, no mirror of Debian or no network
   */
  public static Sysbench find() throws IOException {
    return new Sysbench(
        MachineCache.folder(
            "sysbench-" + PACKAGES.suite() + "-" + System.getProperty("os.arch"),
            PACKAGES::unpackInto));
  }

  /**
   * Starts one of its scripts on a database that belongs to {@code root} without a password.
   *
   * @param command what the script is to do, such as {@code prepare}
   */
  public Process start(
      String script, MySqlServer server, String database, Path output, String... command)
      throws IOException {
    List<Path> libraries = new ArrayList<>();
    for (String parent : List.of("usr/lib", "lib")) {
      try (Stream<Path> folders = Files.list(root.resolve(parent))) {
        folders.filter(folder -> folder.toString().endsWith("-linux-gnu")).forEach(libraries::add);
      }
    }
    List<String> arguments = new ArrayList<>();
    arguments.add(find("ld-linux.*\\.so\\.\\d+", libraries).toString());
    arguments.add("--library-path");
    arguments.add(String.join(":", libraries.stream().map(Path::toString).toList()));
    arguments.add(root.resolve("usr/bin/sysbench").toString());
    arguments.add(root.resolve("usr/share/sysbench").resolve(script + ".lua").toString());
    arguments.addAll(
        List.of(
            "--db-driver=mysql",
            "--db-ps-mode=disable",
            "--mysql-host=127.0.0.1",
            "--mysql-port=" + server.port(),
            "--mysql-user=root",
            "--mysql-password=",
            "--mysql-db=" + database,
            // Two writers may want the same row, which is no reason to end.
            "--mysql-ignore-errors=1213,1020,1205"));
    arguments.addAll(List.of(command));
    ProcessBuilder builder = new ProcessBuilder(arguments);
    builder.environment().put("LUA_PATH", root.resolve("usr/share/sysbench") + "/?.lua");
    // Where the client library looks for the ways to authenticate.
    Path plugins = find("libmariadb3", libraries).resolve("plugin");
    builder.environment().put("MARIADB_PLUGIN_DIR", plugins.toString());
    return builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
  }

  private static Path find(String name, List<Path> folders) throws IOException {
    for (Path folder : folders) {
      try (Stream<Path> files = Files.list(folder)) {
        var found = files.filter(file -> file.getFileName().toString().matches(name)).findFirst();
        if (found.isPresent()) {
          return found.get();
        }
      }
    }
    throw new IOException("sysbench's packages hold no " + name);
  }
}
