package io.tidemark.endtoend;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/**
 * Flink's REST interface, which the dashboard uses too. It spares the process that each call of the
 * command line costs.
 */
public final class FlinkRest {

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final int port;
  private final HttpClient http = HttpClient.newHttpClient();
  private final ObjectMapper json = new ObjectMapper();

  FlinkRest(int port) {
    this.port = port;
  }

  /**
   * Starts a job from a jar that is there.
   *
   * @param jar the name under which it was uploaded
   * @param savepoint what to start from, if anything
   * @return the job's id
   */
  String submit(String jar, Path jobFile, Optional<String> savepoint)
      throws IOException, InterruptedException {
    Map<String, Object> request =
        savepoint.isPresent()
            ? Map.of(
                "programArgsList", new String[] {path(jobFile)}, "savepointPath", savepoint.get())
            : Map.of("programArgsList", new String[] {path(jobFile)});
    return text(post("/jars/" + jar + "/run", request), "jobid");
  }

  /**
   * Stops a job with a savepoint.
   *
   * @return the savepoint's path
   */
  public String stop(String job, Path savepoints) throws Exception {
    String trigger =
        text(
            post(
                "/jobs/" + job + "/stop",
                Map.of("targetDirectory", savepoints.toAbsolutePath().toUri().toString())),
            "request-id");
    String status = "/jobs/" + job + "/savepoints/" + trigger;
    Await.until(
        "stopped with a savepoint",
        Duration.ofSeconds(60),
        () -> get(status).path("status").path("id").asText().equals("COMPLETED"),
        () -> "job " + job);
    return text(get(status).path("operation"), "location");
  }

  /** Asks for the job's end, and does not wait for it. */
  public void cancel(String job) throws IOException, InterruptedException {
    send(request("/jobs/" + job + "?mode=cancel").method("PATCH", BodyPublishers.noBody()));
  }

  /** How many checkpoints of the job have completed. */
  public long completedCheckpoints(String job) throws IOException, InterruptedException {
    return checkpoints(job, "completed");
  }

  /** How many checkpoints of the job have failed. */
  public long failedCheckpoints(String job) throws IOException, InterruptedException {
    return checkpoints(job, "failed");
  }

  private long checkpoints(String job, String outcome) throws IOException, InterruptedException {
    return get("/jobs/" + job + "/checkpoints").path("counts").path(outcome).asLong();
  }

  JsonNode get(String path) throws IOException, InterruptedException {
    return send(request(path));
  }

  private JsonNode post(String path, Object body) throws IOException, InterruptedException {
    BodyPublisher publisher = BodyPublishers.ofString(json.writeValueAsString(body));
    return send(request(path).header("Content-Type", "application/json").POST(publisher));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(TIMEOUT);
  }

  private JsonNode send(HttpRequest.Builder request) throws IOException, InterruptedException {
    return json.readTree(http.send(request.build(), HttpResponse.BodyHandlers.ofString()).body());
  }

  private static String path(Path file) {
    return file.toAbsolutePath().toString();
  }

  private static String text(JsonNode answer, String field) {
    if (!answer.path(field).isTextual()) {
      throw new AssertionError("Flink answers without a " + field + ": " + answer);
    }
    return answer.path(field).asText();
  }
}
