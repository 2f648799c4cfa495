package io.tidemark.endtoend;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/**
 * A standalone Flink session cluster as users have it: a JobManager and TaskManagers, each a
 * process of its own, that know nothing of Tidemark but the jar that is submitted with Flink's own
 * command line.
 */
public final class FlinkCluster implements AutoCloseable {

  /** What {@code flink run} is given. */
  public static final Path JAR = Path.of("target", "tidemark.jar");

  /** After this long without a sign of life a process counts as dead. */
  public static final Duration HEARTBEAT_TIMEOUT = Duration.ofSeconds(4);

  private static final Duration START = Duration.ofSeconds(60);
  private static final int SLOTS = 4;
  private static final String UPLOADED = "tidemark.jar";
  private static final Pattern JOB_ID = Pattern.compile("JobID ([0-9a-f]{32})");
  private static final Pattern SAVEPOINT = Pattern.compile("Savepoint completed. Path: (\\S+)");

  private final Path folder;
  private final int restPort;
  private final FlinkRest rest;
  private final List<JvmProcess> taskManagers = new ArrayList<>();
  private JvmProcess jobManager;
  private int started;

  private FlinkCluster(Path folder, int restPort) {
    this.folder = folder;
    this.restPort = restPort;
    this.rest = new FlinkRest(restPort);
  }

  /**
   * Starts a JobManager and two TaskManagers of 4 slots each.
   *
   * @param folder an empty one for configuration and temporary files
   */
  public static FlinkCluster start(Path folder) throws Exception {
    List<Integer> ports = freePorts(2);
    FlinkCluster cluster = new FlinkCluster(folder, ports.get(1));
    Files.createDirectories(cluster.temporary());
    Path uploads = Files.createDirectories(folder.resolve("web").resolve("flink-web-upload"));
    Files.copy(JAR, uploads.resolve(UPLOADED));
    Files.writeString(
        folder.resolve("config.yaml"),
        """
        jobmanager.rpc.address: 127.0.0.1
        jobmanager.rpc.port: %d
        jobmanager.bind-host: 127.0.0.1
        rest.address: 127.0.0.1
        rest.bind-address: 127.0.0.1
        rest.port: %d
        taskmanager.host: 127.0.0.1
        taskmanager.bind-host: 127.0.0.1
        taskmanager.numberOfTaskSlots: %d
        taskmanager.cpu.cores: 1
        taskmanager.memory.framework.heap.size: 128m
        taskmanager.memory.framework.off-heap.size: 128m
        taskmanager.memory.jvm-metaspace.size: 128m
        taskmanager.memory.jvm-overhead.min: 64m
        taskmanager.memory.jvm-overhead.max: 64m
        taskmanager.memory.task.heap.size: 256m
        taskmanager.memory.task.off-heap.size: 0m
        taskmanager.memory.network.min: 16m
        taskmanager.memory.network.max: 16m
        taskmanager.memory.managed.size: 0m
        cluster.evenly-spread-out-slots: true
        heartbeat.interval: 1000ms
        heartbeat.timeout: %dms
        io.tmp.dirs: %s
        web.upload.dir: %s
        """
            .formatted(
                ports.get(0),
                ports.get(1),
                SLOTS,
                HEARTBEAT_TIMEOUT.toMillis(),
                cluster.temporary().toAbsolutePath(),
                folder.resolve("web").toAbsolutePath()));
    Files.writeString(
        folder.resolve("log4j2.properties"),
        """
        status = error
        appender.out.name = out
        appender.out.type = Console
        appender.out.layout.type = PatternLayout
        appender.out.layout.pattern = %d{HH:mm:ss,SSS} %-5p %c{1} [%t] %m%n
        rootLogger.level = info
        rootLogger.appenderRef.out.ref = out
        """);
    try {
      cluster.startJobManager();
      cluster.startTaskManager();
      cluster.startTaskManager();
      cluster.awaitSlots(2 * SLOTS);
      return cluster;
    } catch (Throwable failure) {
      cluster.close();
      throw failure;
    }
  }

  public void startJobManager() throws IOException {
    jobManager =
        start(
            nextName("jobmanager"),
            "256m",
            "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
            List.of("--configDir", folder.toString()));
  }

  public JvmProcess startTaskManager() throws IOException {
    String name = nextName("taskmanager");
    JvmProcess taskManager =
        start(
            name,
            "384m",
            "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
            List.of("--configDir", folder.toString(), "-Dtaskmanager.resource-id=" + name));
    taskManagers.add(taskManager);
    return taskManager;
  }

  public JvmProcess jobManager() {
    return jobManager;
  }

  public List<JvmProcess> taskManagers() {
    return List.copyOf(taskManagers);
  }

  public FlinkRest rest() {
    return rest;
  }

  /** Where its processes put temporary files. */
  public Path temporary() {
    return folder.resolve("tmp");
  }

  /** Starts as many TaskManagers as have died, and waits until the cluster is whole. */
  public void makeWhole() throws Exception {
    taskManagers.removeIf(taskManager -> !taskManager.isAlive());
    while (taskManagers.size() < 2) {
      startTaskManager();
    }
    awaitSlots(2 * SLOTS);
  }

  /**
   * {@code flink run -d}.
   *
   * @param savepoint what to start from, if anything
   * @return the job's id
   */
  public String run(Path jobFile, Optional<String> savepoint) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("run", "-d", "-m", "127.0.0.1:" + restPort));
    savepoint.ifPresent(path -> arguments.addAll(List.of("-s", path)));
    arguments.addAll(List.of(JAR.toString(), jobFile.toString()));
    return find(JOB_ID, commandLine(arguments));
  }

  /**
   * As {@link #run}, without a process for it.
   *
   * @return the job's id
   */
  public String submit(Path jobFile, Optional<String> savepoint)
      throws IOException, InterruptedException {
    return rest.submit(UPLOADED, jobFile, savepoint);
  }

  /**
   * {@code flink stop}.
   *
   * @return the savepoint's path
   */
  public String stop(String job, Path savepoints) throws Exception {
    return find(
        SAVEPOINT,
        commandLine(
            List.of(
                "stop",
                "--savepointPath",
                savepoints.toAbsolutePath().toUri().toString(),
                "-m",
                "127.0.0.1:" + restPort,
                job)));
  }

  /** {@code flink cancel}; returns when nothing of the job runs any more. */
  public void cancel(String job) throws Exception {
    commandLine(List.of("cancel", "-m", "127.0.0.1:" + restPort, job));
    awaitState(job, "CANCELED");
  }

  public void awaitState(String job, String state) throws Exception {
    Await.until(
        "job " + state, START, () -> state(job).equals(state), () -> state(job) + describe(job));
  }

  public String state(String job) {
    try {
      return rest.get("/jobs/" + job).path("state").asText();
    } catch (IOException | InterruptedException e) {
      return "unknown: " + e;
    }
  }

  /** What the dashboard shows as the job's latest failure. */
  public String failure(String job) throws IOException, InterruptedException {
    JsonNode exceptions = rest.get("/jobs/" + job + "/exceptions");
    return exceptions.path("root-exception").asText();
  }

  /** How many failures the dashboard lists. */
  public int failures(String job) throws IOException, InterruptedException {
    return rest.get("/jobs/" + job + "/exceptions").path("exceptionHistory").path("entries").size();
  }

  /** The process that runs the subtask that reads the log. */
  public JvmProcess logReader(String job) throws IOException, InterruptedException {
    String vertex = rest.get("/jobs/" + job).path("vertices").path(0).path("id").asText();
    JsonNode subtasks = rest.get("/jobs/" + job + "/vertices/" + vertex).path("subtasks");
    String id = subtasks.path(0).path("taskmanager-id").asText();
    return taskManagers.stream()
        .filter(taskManager -> taskManager.name().equals(id))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no TaskManager " + id + ": " + subtasks));
  }

  public String describe(String job) {
    StringBuilder text = new StringBuilder("\njob: ").append(state(job));
    try {
      text.append("\nfailure: ").append(failure(job));
    } catch (IOException | InterruptedException e) {
      text.append("\nno answer: ").append(e);
    }
    text.append("\njobmanager:\n").append(jobManager.tail());
    taskManagers.forEach(
        process -> text.append('\n').append(process.name()).append(":\n").append(process.tail()));
    return text.toString();
  }

  private void awaitSlots(int slots) throws Exception {
    Await.until(
        "a cluster of " + slots + " slots",
        START,
        () -> {
          if (!jobManager.isAlive()) {
            throw new AssertionError("the JobManager ended: " + jobManager.tail());
          }
          for (JvmProcess taskManager : taskManagers) {
            if (!taskManager.isAlive()) {
              throw new AssertionError(taskManager.name() + " ended: " + taskManager.tail());
            }
          }
          try {
            return rest.get("/overview").path("slots-total").asInt() == slots;
          } catch (IOException e) {
            return false;
          }
        },
        () -> jobManager.tail());
  }

  private String commandLine(List<String> arguments) throws Exception {
    JvmProcess client =
        JvmProcess.start(
            nextName("flink-" + arguments.get(0)),
            options("256m"),
            Map.of("FLINK_CONF_DIR", folder.toString()),
            "org.apache.flink.client.cli.CliFrontend",
            arguments);
    try (client) {
      int exit = client.awaitExit(START);
      if (exit != 0) {
        throw new AssertionError(arguments + " ended with " + exit + ":\n" + client.tail());
      }
      return client.text();
    }
  }

  private JvmProcess start(String name, String heap, String mainClass, List<String> arguments)
      throws IOException {
    return JvmProcess.start(name, options(heap), Map.of(), mainClass, arguments);
  }

  private String nextName(String role) {
    return role + "-" + ++started;
  }

  private List<String> options(String heap) {
    return List.of(
        "-Xmx" + heap,
        // A collection takes what only soft references hold, so that a leak is told from a cache.
        "-XX:SoftRefLRUPolicyMSPerMB=0",
        "-Djava.io.tmpdir=" + temporary().toAbsolutePath(),
        "-Dlog4j2.configurationFile=" + folder.resolve("log4j2.properties").toAbsolutePath());
  }

  private static String find(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new AssertionError("no " + pattern + " in:\n" + text);
    }
    return matcher.group(1);
  }

  private static List<Integer> freePorts(int number) throws IOException {
    List<Integer> ports = new ArrayList<>();
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < number; i++) {
        ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        sockets.add(socket);
        ports.add(socket.getLocalPort());
      }
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
    return ports;
  }

  @Override
  public void close() throws InterruptedException {
    for (JvmProcess taskManager : taskManagers) {
      taskManager.close();
    }
    if (jobManager != null) {
      jobManager.close();
    }
  }
}
