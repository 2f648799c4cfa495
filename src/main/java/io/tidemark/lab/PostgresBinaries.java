package io.tidemark.lab;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * PostgreSQL's programs, unpacked once per user and machine from the archive on the class path.
 *
 * @param directory holds {@code bin}, {@code lib} and {@code share}
 */
record PostgresBinaries(Path directory) {

  /** The programs from the class path; safe to call from several threads and processes at once. */
  static PostgresBinaries unpack() {
    try (InputStream archive =
        DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(
            System.getProperty("os.name").split(" ", 2)[0], architecture())) {
      if (archive == null) {
        throw new IllegalStateException("there are no PostgreSQL binaries on the class path");
      }
      return unpack(archive.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("PostgreSQL's programs cannot be read", e);
    }
  }

  /**
   * The programs from an artifact that is not on the class path; as safe.
   *
   * @param artifact a jar of {@code io.zonky.test.postgres} for this machine
   */
  static PostgresBinaries unpack(Path artifact) {
    try (ZipFile jar = new ZipFile(artifact.toFile())) {
      ZipEntry archive =
          jar.stream()
              .filter(entry -> entry.getName().endsWith(".txz"))
              .findFirst()
              .orElseThrow(() -> new IllegalStateException("there are no programs in " + artifact));
      try (InputStream content = jar.getInputStream(archive)) {
        return unpack(content.readAllBytes());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("PostgreSQL's programs cannot be read from " + artifact, e);
    }
  }

  private static synchronized PostgresBinaries unpack(byte[] packed) {
    Path home =
        Path.of(
            System.getProperty("java.io.tmpdir"),
            "tidemark-postgres-" + System.getProperty("user.name"));
    try {
      Path unpacked = home.resolve("PG-" + packed.length + "-" + checksum(packed));
      if (!Files.isDirectory(unpacked)) {
        Files.createDirectories(home);
        unpackInto(unpacked, packed);
      }
      return new PostgresBinaries(unpacked);
    } catch (IOException e) {
      throw new UncheckedIOException("PostgreSQL's programs cannot be unpacked to " + home, e);
    }
  }

  /** The command line of one of the programs; also where this process runs as root. */
  List<String> command(String program, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    if (System.getProperty("os.name").startsWith("Linux")) {
      // A session of its own, so that the terminal's Ctrl-C reaches us and not the server.
      command.add("setsid");
      if ((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0) {
        // PostgreSQL refuses to run as root; in a user namespace it is nobody.
        command.addAll(List.of("unshare", "-U"));
      }
    }
    command.add(directory.resolve("bin").resolve(program).toString());
    command.addAll(List.of(arguments));
    return command;
  }

  /** A rename makes the whole folder appear at once, so nobody sees one that is half unpacked. */
  private static void unpackInto(Path unpacked, byte[] packed) throws IOException {
    Path temporary = Files.createTempDirectory(unpacked.getParent(), "unpacking-");
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(
            new BufferedInputStream(
                new XZCompressorInputStream(new java.io.ByteArrayInputStream(packed))))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        unpackEntry(temporary.resolve(entry.getName()).normalize(), entry, tar);
      }
    }
    try {
      Files.move(temporary, unpacked, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
      // Another process was first.
      DirectoryTree.delete(temporary);
    }
  }

  private static void unpackEntry(Path path, TarArchiveEntry entry, InputStream content)
      throws IOException {
    if (entry.isDirectory()) {
      Files.createDirectories(path);
      return;
    }
    Files.createDirectories(path.getParent());
    if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
      return;
    }
    Files.copy(content, path);
    Files.setPosixFilePermissions(
        path,
        PosixFilePermissions.fromString((entry.getMode() & 0100) != 0 ? "rwxr-xr-x" : "rw-r--r--"));
  }

  private static String architecture() {
    String name = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    return name.equals("amd64") ? "x86_64" : name.equals("aarch64") ? "arm_64" : name;
  }

  private static String checksum(byte[] bytes) {
    java.util.zip.CRC32C checksum = new java.util.zip.CRC32C();
    checksum.update(bytes);
    return Long.toHexString(checksum.getValue());
  }
}
