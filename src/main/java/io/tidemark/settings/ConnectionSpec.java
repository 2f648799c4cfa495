package io.tidemark.settings;

import java.io.Serializable;

/**
 * How to reach a database.
 *
 * @param url the JDBC URL, with any TLS parameters
 */
public record ConnectionSpec(String url, String user, String password) implements Serializable {

  /** The URL without its parameters, which may hold secrets; for messages. */
  public String displayUrl() {
    int parameters = url.indexOf('?');
    return parameters < 0 ? url : url.substring(0, parameters);
  }

  /** Never shows the password. */
  @Override
  public String toString() {
    return user + "@" + displayUrl();
  }
}
