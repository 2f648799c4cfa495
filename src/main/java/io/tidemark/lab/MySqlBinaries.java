package io.tidemark.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The programs of MySQL or MariaDB on this machine.
 *
 * @param version as the server prints it
 * @param prefix of {@code bin}, {@code sbin}, {@code lib} and {@code share}
 * @param server the server program
 * @param loader what starts a program with libraries of its own, or nothing
 */
record MySqlBinaries(
    MySqlVendor vendor, String version, Path prefix, Path server, List<String> loader) {

  MySqlBinaries {
    loader = List.copyOf(loader);
  }

  /**
   * The program that the vendor's environment variable names, or Debian's, which are fetched when
   * they are asked for the first time.
   *
   * @param attempts takes what was tried if there are neither
   * @throws IllegalStateException if the environment variable names what is no such server
   */
  static Optional<MySqlBinaries> find(MySqlVendor vendor, List<String> attempts) {
    String named = System.getenv(vendor.variable());
    if (named != null && !named.isBlank()) {
      return Optional.of(named(vendor, Path.of(named)));
    }
    attempts.add("the program that " + vendor.variable() + " names: it is not set");
    try {
      return Optional.of(packaged(vendor));
    } catch (IOException e) {
      attempts.add(
          "Debian's packages of " + vendor.packages().suite() + ", by apt: " + e.getMessage());
      return Optional.empty();
    }
  }

  private static MySqlBinaries named(MySqlVendor vendor, Path program) {
    try {
      Path real = program.toRealPath();
      Path installation = real.resolve("../..").normalize();
      return of(vendor, installation, real, List.of());
    } catch (IOException e) {
      throw new IllegalStateException(
          vendor.variable() + " does not name a " + vendor.product() + " server: " + program, e);
    }
  }

  private static MySqlBinaries packaged(MySqlVendor vendor) throws IOException {
    DebianPackages packages = vendor.packages();
    Path root =
        MachineCache.folder(
            vendor.name().toLowerCase(Locale.ROOT)
                + "-"
                + packages.suite()
                + "-"
                + System.getProperty("os.arch"),
            packages::unpackInto);
    List<Path> libraries = libraries(root);
    return of(
        vendor,
        root.resolve("usr"),
        root.resolve("usr/sbin").resolve(vendor.program()),
        List.of(
            loader(libraries).toString(),
            "--library-path",
            String.join(":", libraries.stream().map(Path::toString).toList())));
  }

  private static MySqlBinaries of(MySqlVendor vendor, Path prefix, Path server, List<String> loader)
      throws IOException {
    List<String> command = new ArrayList<>(loader);
    command.addAll(List.of(server.toString(), "--no-defaults", "--version"));
    String version = Command.run(command.toArray(String[]::new)).strip();
    if (version.contains("MariaDB") != (vendor == MySqlVendor.MARIADB)) {
      throw new IOException(server + " says that it is " + version);
    }
    return new MySqlBinaries(vendor, version, prefix, server, loader);
  }

  /** Where the packages put libraries: {@code lib/<machine>-linux-gnu} and its like. */
  private static List<Path> libraries(Path root) throws IOException {
    List<Path> found = new ArrayList<>();
    for (String parent : List.of("usr/lib", "lib")) {
      Path folder = root.resolve(parent);
      if (Files.isDirectory(folder)) {
        try (Stream<Path> children = Files.list(folder)) {
          children.filter(child -> child.toString().endsWith("-linux-gnu")).forEach(found::add);
        }
      }
    }
    Path ofItsOwn = root.resolve("usr/lib/mysql/private");
    if (Files.isDirectory(ofItsOwn)) {
      found.add(ofItsOwn);
    }
    return found;
  }

  private static Path loader(List<Path> libraries) throws IOException {
    for (Path folder : libraries) {
      try (Stream<Path> files = Files.list(folder)) {
        Optional<Path> loader =
            files
                .filter(file -> file.getFileName().toString().matches("ld-linux.*\\.so\\.\\d+"))
                .findFirst();
        if (loader.isPresent()) {
          return loader.get();
        }
      }
    }
    throw new IOException("the packages hold no program loader in " + libraries);
  }

  /** The command line of the server with these options, which come after those for its files. */
  List<String> serverCommand(Path defaults, List<String> options) throws IOException {
    List<String> command = new ArrayList<>();
    if (System.getProperty("os.name").startsWith("Linux")) {
      // A session of its own, so that the terminal's Ctrl-C reaches us and not the server.
      command.add("setsid");
    }
    command.addAll(loader);
    command.add(server.toString());
    command.add("--defaults-file=" + defaults);
    if (!loader.isEmpty()) {
      Path share = share();
      command.add("--basedir=" + prefix);
      command.add("--lc-messages-dir=" + share);
      command.add("--character-sets-dir=" + share.resolve("charsets"));
      command.add("--plugin-dir=" + prefix.resolve("lib/mysql/plugin"));
    }
    if (isRoot()) {
      command.add("--user=root");
    }
    command.addAll(options);
    return command;
  }

  /**
   * The command line of another of the programs, such as {@code mysql} or {@code mysqldump}; empty
   * if it is not there.
   */
  Optional<List<String>> command(String program, String... arguments) {
    return Stream.of("bin", "sbin")
        .map(folder -> prefix.resolve(folder).resolve(program))
        .filter(Files::isExecutable)
        .findFirst()
        .map(
            path -> {
              List<String> command = new ArrayList<>(loader);
              command.add(path.toString());
              command.addAll(List.of(arguments));
              return command;
            });
  }

  /** The folder with the server's messages, character sets and scripts. */
  Path share() throws IOException {
    return Stream.of("share/mysql", "share/mariadb", "share")
        .map(prefix::resolve)
        .filter(folder -> Files.isDirectory(folder.resolve("charsets")))
        .findFirst()
        .orElseThrow(() -> new IOException(prefix + " holds no character sets of the server"));
  }

  private static boolean isRoot() throws IOException {
    Path self = Path.of("/proc/self");
    return Files.exists(self) && (int) Files.getAttribute(self, "unix:uid") == 0;
  }
}
