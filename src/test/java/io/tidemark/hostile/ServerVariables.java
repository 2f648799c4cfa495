package io.tidemark.hostile;

import io.tidemark.hostile.Hostility.Side;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What MySQL's and MariaDB's variables that are the server's alone are set to, where their lists do
 * not say, and which ones cannot be hostile: patterns of names, with the reason.
 */
final class ServerVariables {

  private static final Map<String, List<String>> VALUES = values();

  private static final Map<String, String> SPARED = spared();

  private ServerVariables() {}

  /** Why it is left as it is, if it is. */
  static Optional<String> reasonToSpare(String name) {
    return SPARED.entrySet().stream()
        .filter(each -> name.matches(each.getKey()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** What it is set to, if the server's list does not give it. */
  static Optional<String> value(String name, Side side) {
    return Optional.ofNullable(VALUES.get(name)).map(both -> both.get(side.ordinal()));
  }

  private static Map<String, List<String>> values() {
    Map<String, List<String>> all = new LinkedHashMap<>();
    all.put("init_connect", List.of(MySqlHostility.INIT_CONNECT, MySqlHostility.INIT_CONNECT));
    all.put("binlog_checksum", List.of("NONE", "NONE"));
    all.put("binlog_row_metadata", List.of("MINIMAL", "MINIMAL"));
    all.put("binlog_error_action", List.of("IGNORE_ERROR", "IGNORE_ERROR"));
    all.put("concurrent_insert", List.of("NEVER", "ALWAYS"));
    all.put("delay_key_write", List.of("OFF", "ALL"));
    all.put("event_scheduler", List.of("OFF", "ON"));
    all.put("log_timestamps", List.of("SYSTEM", "SYSTEM"));
    all.put("log_output", List.of("NONE", "TABLE"));
    all.put("log_error_services", List.of("log_sink_internal", "log_sink_internal"));
    all.put("log_error_suppression_list", List.of("MY-010048", "MY-010048"));
    all.put("innodb_change_buffering", List.of("none", "all"));
    all.put("innodb_checksum_algorithm", List.of("crc32", "strict_crc32"));
    all.put("innodb_default_row_format", List.of("compact", "redundant"));
    all.put("innodb_doublewrite", List.of("DETECT_ONLY", "DETECT_ONLY"));
    all.put("innodb_stats_method", List.of("nulls_unequal", "nulls_ignored"));
    all.put("aria_recover_options", List.of("OFF", "FORCE"));
    all.put("ft_boolean_syntax", List.of("~ +-><()*:\"\"&|", "~ +-><()*:\"\"&|"));
    all.put("protocol_compression_algorithms", List.of("uncompressed", "zlib,uncompressed"));
    // Each rotation, and each commit, takes its time.
    all.put("max_binlog_size", List.of("4096", "1073741824"));
    all.put("binlog_group_commit_sync_delay", List.of("0", "2000"));
    return all;
  }

  private static Map<String, String> spared() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put(
        "(replica|slave|relay|replicate|rpl|sync_relay|sync_master|sync_source)_\\w+",
        "of replicas, and of sources that wait for theirs");
    all.put(
        "sql_(replica|slave)_\\w+|init_(replica|slave)|gtid_(slave|cleanup|pos)_\\w+",
        "of replicas");
    all.put("gtid_ignore_duplicates|relay_log_\\w+|skip_(replica|slave)_start", "of replicas");
    all.put("(super_)?read_only|offline_mode", "takes no writes or sessions; ReadOnlyTargetIT");
    all.put("require_secure_transport", "takes no session that is not encrypted");
    all.put("proxy_protocol_networks", "takes no session but by a proxy");
    all.put(
        "max_connections|extra_max_connections|connect_timeout|max_connect_errors"
            + "|max_password_errors|global_connection_memory_limit",
        "takes no session, or ends it for what it needs");
    all.put("max_binlog(_stmt)?_cache_size", "FIRST makes a transaction that is larger an error");
    all.put("binlog_commit_wait_\\w+", "lets commits wait for others, which do not come");
    all.put("gtid_(mode|executed|purged|binlog_state)|enforce_gtid_consistency", "names the log");
    all.put("gtid_strict_mode", "is told by check");
    all.put("server_id|server_uuid", "names the server in its log");
    all.put("(ssl|tls|admin|authentication|caching_sha2|sha256|password)_\\w+", "who may log in");
    all.put("(default_password|mandatory_roles|disconnect_on|secure_auth)\\w*", "who may log in");
    all.put("partial_revokes", "what a GRANT is; it cannot be taken back by a SET");
    all.put(
        "\\w+_(file|dir|dirs|directory|table)", "names a place or a table that has to be there");
    all.put("innodb_monitor_\\w+|innodb_\\w+_(now|abort)", "does something once");
    all.put(
        "innodb_(buffer_pool|redo_log|log_file|log_buffer)_\\w+",
        "resizes what the server lives in, for minutes");
    all.put(
        "innodb_(io_capacity\\w*|lru_\\w+|\\w*spin\\w*|thread_\\w+|max_purge_\\w+|encryption_\\w+)",
        "how long the engine rests or spins: only the time differs");
    all.put(
        "innodb_(fast_shutdown|purge_\\w+|replication_delay)", "how the engine ends and cleans up");
    all.put("keyring_\\w+|\\w*encrypt\\w*", "there is no keyring here");
    all.put("(key_cache|key_buffer|aria_pagecache|query_cache)_\\w+", "caches of other engines");
    return all;
  }
}
