package io.tidemark.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;

/**
 * A local server's folder of data, which a test copies and puts back while the server does not run,
 * as whoever restores a volume does.
 */
public final class ServerData implements AutoCloseable {

  private final Path folder;
  private final Path copies;

  private ServerData(Path folder) throws IOException {
    this.folder = folder;
    this.copies = Files.createTempDirectory("tidemark-data-copies");
  }

  /** Of a server that runs as a process of this machine. */
  public static ServerData of(Server server) throws SQLException, IOException {
    String question = server instanceof PostgresServer ? "SHOW data_directory" : "SELECT @@datadir";
    try (Connection connection = server.connect(server.ownDatabase());
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(question)) {
      row.next();
      return new ServerData(Path.of(row.getString(1)));
    }
  }

  /** The folder itself. */
  public Path folder() {
    return folder;
  }

  /** Copies all of it; the server must have been killed. */
  public void copyAs(String name) throws IOException {
    copy(folder, copies.resolve(name));
  }

  /** Puts a copy in the place of what is there; the server must have been killed. */
  public void putBack(String name) throws IOException {
    DirectoryTree.delete(folder);
    copy(copies.resolve(name), folder);
  }

  /** Copies one of its folders into a copy, over what is there. */
  public void addTo(String name, String subfolder) throws IOException {
    copy(folder.resolve(subfolder), copies.resolve(name).resolve(subfolder));
  }

  private static void copy(Path from, Path to) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(from)) {
      all = walk.toList();
    }
    for (Path each : all) {
      Path place = to.resolve(from.relativize(each));
      if (!Files.isDirectory(each, LinkOption.NOFOLLOW_LINKS) || !Files.exists(place)) {
        Files.copy(
            each,
            place,
            StandardCopyOption.REPLACE_EXISTING,
            StandardCopyOption.COPY_ATTRIBUTES,
            LinkOption.NOFOLLOW_LINKS);
      }
    }
  }

  @Override
  public void close() throws IOException {
    DirectoryTree.delete(copies);
  }
}
