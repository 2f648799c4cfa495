package io.tidemark.lab;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Folders that are expensive to make, made once per user and machine, in {@code
 * $XDG_CACHE_HOME/tidemark} or {@code ~/.cache/tidemark}.
 */
final class MachineCache {

  private static final String PART = ".part-";

  private MachineCache() {}

  /** Fills a new, empty folder. */
  interface Filling {
    void fill(Path folder) throws IOException;
  }

  /**
   * The folder of this name, which {@code filling} makes if it is not there yet. Callers in any
   * thread and process take turns; nobody sees a folder that is half full, and one whose filling
   * failed is tried again by the next caller.
   */
  static synchronized Path folder(String name, Filling filling) throws IOException {
    Path cache = location();
    Path folder = cache.resolve(name);
    if (Files.isDirectory(folder)) {
      return folder;
    }
    Files.createDirectories(cache);
    // Threads of this process are kept apart by the monitor: a file lock is a process's.
    try (FileChannel channel =
            FileChannel.open(
                cache.resolve(name + ".lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      if (!Files.isDirectory(folder)) {
        deleteUnfinished(cache, name);
        Path temporary = Files.createTempDirectory(cache, name + PART);
        try {
          filling.fill(temporary);
          Files.move(temporary, folder, StandardCopyOption.ATOMIC_MOVE);
        } finally {
          DirectoryTree.delete(temporary);
        }
      }
      return folder;
    }
  }

  /** What a process that was killed left behind; whoever holds the lock is alone. */
  private static void deleteUnfinished(Path cache, String name) throws IOException {
    try (DirectoryStream<Path> parts = Files.newDirectoryStream(cache, name + PART + "*")) {
      for (Path part : parts) {
        DirectoryTree.delete(part);
      }
    }
  }

  private static Path location() {
    return Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
        .filter(path -> Path.of(path).isAbsolute())
        .map(Path::of)
        .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache"))
        .resolve("tidemark");
  }
}
