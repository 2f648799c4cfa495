package io.tidemark.hostile;

import io.tidemark.endtoend.fixture.Vendor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What our sessions leave as the server has it, with the reason why that is harmless: patterns of
 * names. The job that {@link HostileSettingsIT} runs shows that it is.
 */
final class LeftAlone {

  private static final String PLANS = "how rows are found, not which rows";
  private static final String MEMORY = "how much memory is taken, and when disk instead";
  private static final String REPORTS = "what the server reports, and to whom";
  private static final String MAINTENANCE = "how the server keeps its files";
  private static final String UNUSED = "only for statements that we do not send";
  private static final String TARGETS_LOG = "the log that a target writes for others is its own";
  private static final String SET_FOR_TABLES = "set where tables are made, if the account may";

  private static final Map<String, String> POSTGRES = postgres();
  private static final Map<String, String> MYSQL = mySql();
  private static final Map<String, String> MARIADB = mariaDb();

  private LeftAlone() {}

  /** The reason, if there is one. */
  static Optional<String> reason(Vendor vendor, String name) {
    Map<String, String> reasons =
        switch (vendor) {
          case POSTGRES -> POSTGRES;
          case MYSQL -> MYSQL;
          case MARIADB -> MARIADB;
        };
    return reasons.entrySet().stream()
        .filter(each -> name.matches(each.getKey()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  private static Map<String, String> postgres() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("(enable|cpu|geqo|parallel)_\\w+|geqo|(from|join)_collapse_limit", PLANS);
    all.put("(random|seq)_page_cost|effective_cache_size|cursor_tuple_fraction", PLANS);
    all.put("default_statistics_target|plan_cache_mode", PLANS);
    all.put("(max|min)_parallel_\\w+|synchronize_seqscans|jit_\\w+", PLANS);
    all.put("debug_parallel_query|stats_fetch_consistency", PLANS);
    all.put("temp_buffers|\\w+_work_mem|gin_pending_\\w+", MEMORY);
    all.put("\\w+_io_concurrency|io_combine_limit|backend_flush_after", MEMORY);
    all.put("log_\\w+|track_\\w+|trace_\\w+|debug_p\\w+|backtrace_functions", REPORTS);
    all.put("compute_query_id|update_process_title|jit_dump_bitcode", REPORTS);
    all.put("vacuum_\\w+|wal_\\w+|commit_(delay|siblings)|deadlock_timeout", MAINTENANCE);
    all.put("debug_logical_replication_streaming", "we ask for no streaming of open ones");
    all.put("password_encryption|scram_iterations|createrole_self_grant", UNUSED);
    all.put("icu_validation_level|allow_\\w+|lo_compat_privileges|event_triggers", UNUSED);
    all.put("restrict_nonsystem_relation_kind|default_text_search_config", UNUSED);
    all.put("lc_messages", "no decision rests on the words of a message");
    all.put("session_replication_role", "set where rows are written; elsewhere only the ledger is");
    all.put("tcp_\\w+|client_connection_check_interval", "how soon a server misses its client");
    return all;
  }

  private static Map<String, String> both() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("optimizer_\\w+|eq_range_\\w+|max_seeks_for_key|max_length_for_sort_data", PLANS);
    all.put("(join|read|read_rnd|preload|bulk_insert|net)_buffer_(size|length)", MEMORY);
    all.put("(query|transaction|range)_(alloc_block|prealloc)_size|big_tables", MEMORY);
    all.put("(myisam|aria|histogram|set_operations|innodb_ddl)_\\w+", MEMORY);
    all.put("tmp_\\w*table_size|max_heap_table_size|default_tmp_storage_engine", MEMORY);
    all.put("binlog_\\w+", TARGETS_LOG);
    all.put(
        "profiling\\w*|sql_warnings|sql_log_off|long_query_time|min_examined_row_limit", REPORTS);
    all.put("session_track_\\w+|log_\\w+|slow_query_log", REPORTS);
    all.put("(character_set|collation)_server", "we give each database and table its own");
    all.put(
        "max_(insert_)?delayed_threads|updatable_views_with_limit|keep_files_on_create", UNUSED);
    all.put("max_sp_recursion_depth|old_alter_table|interactive_timeout", UNUSED);
    all.put("auto_increment_(increment|offset)", "no number that we rest on is made by a server");
    all.put("innodb_(table_locks|ft_\\w+|tmpdir)|net_retry_count", UNUSED);
    all.put("explicit_defaults_for_timestamp|innodb_strict_mode", SET_FOR_TABLES);
    return all;
  }

  private static Map<String, String> mySql() {
    Map<String, String> all = both();
    all.put("sql_(require|generate_invisible)_primary_key", SET_FOR_TABLES);
    // Few accounts may set these for a session.
    all.put("character_set_filesystem", "names of files, and LOAD DATA LOCAL's is read by us");
    all.put("max_error_count|low_priority_updates", UNUSED);
    all.put("restrict_fk_on_non_standard_key", SET_FOR_TABLES);
    all.put("innodb_parallel_read_threads|secondary_engine_\\w+|enable_secondary_\\w+", PLANS);
    all.put("connection_memory_chunk_size|global_connection_memory_tracking", MEMORY);
    all.put("internal_tmp_mem_storage_engine|windowing_use_high_precision", MEMORY);
    all.put("end_markers_in_json|explain_\\w+|print_identified_with_as_hex", REPORTS);
    all.put("block_encryption_mode|cte_max_recursion_depth|select_into_\\w+", UNUSED);
    all.put("generated_random_password_length|max_points_in_geometry|rbr_exec_mode", UNUSED);
    all.put("xa_detach_on_prepare", UNUSED);
    all.put("terminology_use_previous", "we ask by the names that each version knows");
    all.put("default_collation_for_utf8mb4", "we give the collation wherever we name the set");
    all.put("enable_cascade_triggers", "foreign keys, and so their cascades, rest where we write");
    return all;
  }

  private static Map<String, String> mariaDb() {
    Map<String, String> all = both();
    all.put("alter_algorithm|progress_report_time|analyze_\\w+|deadlock_\\w+", UNUSED);
    all.put("max_recursive_iterations|standard_compliant_cte|max_tmp_tables", UNUSED);
    all.put("system_versioning_(alter|insert)_history|old_passwords|max_relay_log_size", UNUSED);
    all.put("sql_if_exists", "what we drop or alter we have just seen, and see again");
    all.put("expensive_subquery_limit|join_cache_level|use_stat_tables", PLANS);
    all.put("(join_buffer_space|rowid_merge|mrr_buffer|max_rowid_filter)_\\w+", MEMORY);
    all.put(
        "column_compression_\\w+|innodb_(compression_default|default_encryption_key_id)",
        "how a column is stored");
    all.put("innodb_snapshot_isolation", "we lock rows at READ COMMITTED only");
    all.put("query_cache_\\w+|thread_pool_priority", MAINTENANCE);
    all.put("note_verbosity", REPORTS);
    return all;
  }
}
