package io.tidemark.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32C;

/** The data folder of a new server: initialised once per machine and version, then copied. */
final class MySqlData {

  /** May do everything, and has a password; {@code root} has none. */
  static final String USER = "tidemark";

  static final String PASSWORD = "tidemark";

  static final List<String> USER_STATEMENTS =
      List.of(
          "CREATE USER '" + USER + "'@'%' IDENTIFIED BY '" + PASSWORD + "'",
          "GRANT ALL PRIVILEGES ON *.* TO '" + USER + "'@'%' WITH GRANT OPTION");

  private static final String USERS =
      "CREATE USER 'root'@'%' IDENTIFIED BY '';\n"
          + "GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION;\n"
          + String.join(";\n", USER_STATEMENTS)
          + ";\n";

  private MySqlData() {}

  /** Makes {@code folder} a data folder that only users have been created in. */
  static void createIn(Path folder, MySqlBinaries binaries) throws IOException {
    Path template =
        MachineCache.folder(
            binaries.vendor().name().toLowerCase(Locale.ROOT) + "-data-" + key(binaries),
            empty -> initialize(empty, binaries));
    copy(template, folder);
  }

  private static void initialize(Path folder, MySqlBinaries binaries) throws IOException {
    Path work = Files.createTempDirectory("tidemark-initialize-");
    try {
      Path defaults = work.resolve("my.cnf");
      Path script = work.resolve("script.sql");
      List<String> options = new ArrayList<>();
      options.add("--datadir=" + folder);
      switch (binaries.vendor()) {
        case MYSQL -> {
          Files.writeString(script, USERS);
          // Small, because every server starts with a copy of it.
          Files.writeString(defaults, "[mysqld]\ninnodb_redo_log_capacity=8M\n");
          options.addAll(List.of("--initialize-insecure", "--init-file=" + script));
          Command.run(binaries.serverCommand(defaults, options), Path.of("/dev/null"));
        }
        case MARIADB -> {
          Files.write(script, mariaDbScript(binaries.share()));
          Files.writeString(defaults, "[mysqld]\ninnodb_log_file_size=8M\n");
          options.add("--bootstrap");
          Command.run(binaries.serverCommand(defaults, options), script);
        }
      }
    } finally {
      DirectoryTree.delete(work);
    }
  }

  /** What {@code mariadb-install-db} feeds to the server. */
  private static byte[] mariaDbScript(Path share) throws IOException {
    StringBuilder script = new StringBuilder();
    // The bootstrap reads one statement per line.
    script.append("CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n");
    for (String part :
        List.of(
            "mysql_system_tables.sql",
            "mysql_performance_tables.sql",
            "mysql_system_tables_data.sql",
            "maria_add_gis_sp_bootstrap.sql",
            "mysql_sys_schema.sql")) {
      script.append(Files.readString(share.resolve(part), StandardCharsets.UTF_8)).append('\n');
    }
    // The bootstrap does not look at privileges before it is told to.
    return script
        .append("FLUSH PRIVILEGES;\n")
        .append(USERS)
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }

  private static void copy(Path template, Path folder) throws IOException {
    Files.walkFileTree(
        template,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(folder.resolve(template.relativize(directory).toString()));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            // It holds the server's UUID, of which every server needs its own.
            if (!file.getFileName().toString().equals("auto.cnf")) {
              Files.copy(file, folder.resolve(template.relativize(file).toString()));
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Different for another version, another program and another way of initialising. */
  private static String key(MySqlBinaries binaries) {
    CRC32C checksum = new CRC32C();
    checksum.update(
        (binaries.server() + "\n" + binaries.version() + "\n" + USERS)
            .getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(checksum.getValue());
  }
}
