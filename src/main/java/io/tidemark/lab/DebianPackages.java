package io.tidemark.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Debian packages of another release than the machine's, with everything that they depend on down
 * to the C library, so that their programs run here through their own loader. Nothing is installed,
 * and the machine's own apt is left as it is.
 *
 * @param suite the Debian release
 * @param packages their names
 */
record DebianPackages(String suite, List<String> packages) {

  private static final List<Path> KEYRINGS =
      List.of(
          Path.of("/usr/share/keyrings/debian-archive-keyring.gpg"),
          Path.of("/usr/share/keyrings/debian-archive-keyring.pgp"));

  DebianPackages {
    packages = List.copyOf(packages);
  }

  /**
   * Downloads the packages from the mirror that the machine's apt uses, and unpacks them into one
   * root. Takes about 100 MB of the network, half of it lists.
   *
   * @throws IOException where there is no apt, no mirror of Debian or no network
   */
  void unpackInto(Path root) throws IOException {
    Path work = Files.createTempDirectory("tidemark-packages-");
    try {
      Path archives = download(work);
      try (Stream<Path> files = Files.list(archives)) {
        for (Path archive : files.filter(file -> file.toString().endsWith(".deb")).toList()) {
          Command.run("dpkg-deb", "-x", archive.toString(), root.toString());
        }
      }
    } finally {
      DirectoryTree.delete(work);
    }
  }

  private Path download(Path work) throws IOException {
    Path sources = Files.createDirectories(work.resolve("sources"));
    Files.writeString(sources.resolve("tidemark.sources"), source());
    Files.createDirectories(work.resolve("lists/partial"));
    Path archives = work.resolve("archives");
    Files.createDirectories(archives.resolve("partial"));
    // An empty status: nothing counts as installed, so the C library comes along too.
    Path status = Files.createFile(work.resolve("status"));
    List<String> apt =
        List.of(
            "apt-get",
            "-q",
            "-o",
            "Dir::Etc::sourcelist=/dev/null",
            "-o",
            "Dir::Etc::sourceparts=" + sources,
            "-o",
            "Dir::Etc::preferences=/dev/null",
            "-o",
            "Dir::Etc::preferencesparts=/dev/null",
            "-o",
            "Dir::State::lists=" + work.resolve("lists"),
            "-o",
            "Dir::State::status=" + status,
            "-o",
            "Dir::Cache=" + work.resolve("cache"),
            "-o",
            "Dir::Cache::archives=" + archives,
            // Some images delete archives after every installation: it is ours to do.
            "-o",
            "DPkg::Post-Invoke=",
            // As root, apt would fetch as a user who cannot write here.
            "-o",
            "APT::Sandbox::User=root",
            "-o",
            "Acquire::Retries=3",
            "-o",
            "Acquire::Languages=none");
    Command.run(join(apt, "update", "--error-on=any"));
    List<String> install =
        new ArrayList<>(List.of("install", "-y", "--download-only", "--no-install-recommends"));
    install.addAll(packages);
    Command.run(join(apt, install.toArray(String[]::new)));
    return archives;
  }

  private String source() throws IOException {
    StringBuilder source = new StringBuilder();
    source.append("Types: deb\nURIs: ").append(mirror()).append("\nSuites: ").append(suite);
    source.append("\nComponents: main\n");
    // Without one, apt takes the keys that it trusts anyway.
    Optional<Path> keyring = KEYRINGS.stream().filter(Files::isReadable).findFirst();
    keyring.ifPresent(path -> source.append("Signed-By: ").append(path).append('\n'));
    return source.toString();
  }

  /** Where the machine's apt gets Debian's main packages from. */
  private static String mirror() throws IOException {
    Optional<String> known =
        mirrors("Origin: Debian").filter(uri -> !uri.contains("security")).findFirst();
    if (known.isPresent()) {
      return known.get();
    }
    // Before the first `apt-get update`, apt tells only what it is configured with, if asked to.
    return mirrors("--no-release-info")
        .filter(uri -> uri.matches(".*/debian(/.*)?"))
        .findFirst()
        .orElseThrow(() -> new IOException("apt is configured with no mirror of Debian"));
  }

  private static Stream<String> mirrors(String filter) throws IOException {
    return Command.run(
            "apt-get",
            "indextargets",
            "--format",
            "$(REPO_URI)",
            "Identifier: Packages",
            "Component: main",
            filter)
        .lines();
  }

  private static String[] join(List<String> first, String... second) {
    return Stream.concat(first.stream(), Stream.of(second)).toArray(String[]::new);
  }
}
