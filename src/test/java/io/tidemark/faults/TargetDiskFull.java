package io.tidemark.faults;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.opentest4j.TestAbortedException;

/** The target's tables are on a small file system of their own, which somebody else fills up. */
final class TargetDiskFull implements Fault {

  private static final int MEGABYTES = 64;
  private static final int BLOCK = 4096;

  private Optional<Path> mounted = Optional.empty();

  @Override
  public String name() {
    return "target out of disk";
  }

  /** Whether this process may mount; a mix of faults goes on without this one. */
  static boolean isPossible(Path folder) throws IOException, InterruptedException {
    Path tried = Files.createDirectories(folder.resolve("mount-tried"));
    if (!mount(tried)) {
      return false;
    }
    unmount(tried);
    return true;
  }

  @Override
  public void prepare(Round round) throws Exception {
    Path folder = round.arena().folder().resolve("disk-" + round.pair().name());
    Files.createDirectories(folder);
    if (!mount(folder)) {
      throw new TestAbortedException("a file system of its own needs the right to mount one");
    }
    mounted = Optional.of(folder);
    Path data = Files.createDirectory(folder.resolve("data"));
    round
        .pair()
        .target()
        .execute(
            "postgres",
            "CREATE TABLESPACE %s LOCATION '%s'".formatted(tablespace(round), data),
            "ALTER DATABASE %s SET TABLESPACE %s"
                .formatted(round.pair().name(), tablespace(round)));
  }

  @Override
  public void inject(Round round) throws Exception {
    Path filler = filler();
    int failedBefore = round.cluster().failures(round.job());
    fill(filler);
    round.letCopyGoOn();
    round.await(
        "out of disk",
        () -> {
          // What the server gives back meanwhile is taken from it again.
          fill(filler);
          // A failure of the phase before says the same.
          return round.cluster().failures(round.job()) > failedBefore
              && round.cluster().failure(round.job()).contains("No space left on device");
        });
  }

  @Override
  public void heal(Round round) throws Exception {
    Files.deleteIfExists(filler());
  }

  @Override
  public void cleanUp(Round round) throws Exception {
    if (mounted.isPresent()) {
      round.pair().target().execute("postgres", "DROP TABLESPACE IF EXISTS " + tablespace(round));
      unmount(mounted.get());
      mounted = Optional.empty();
    }
  }

  private Path filler() {
    return mounted.orElseThrow().resolve("filler");
  }

  private static String tablespace(Round round) {
    return "small_" + round.pair().name();
  }

  private static void fill(Path file) throws IOException {
    byte[] block = new byte[BLOCK];
    try (OutputStream out =
        Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      while (file.toFile().getUsableSpace() > 0) {
        out.write(block);
      }
    } catch (IOException e) {
      if (file.toFile().getUsableSpace() > BLOCK) {
        throw e;
      }
    }
  }

  private static boolean mount(Path folder) throws IOException, InterruptedException {
    return run("mount", "-t", "tmpfs", "-o", "size=" + MEGABYTES + "m", "tmpfs", folder.toString());
  }

  private static void unmount(Path folder) throws IOException, InterruptedException {
    if (!run("umount", folder.toString())) {
      throw new IOException(folder + " cannot be unmounted");
    }
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
  }
}
