package io.tidemark.hostile;

/**
 * What a server can be told when it starts only, and that could change what sessions see or do. Not
 * here: sizes, files, addresses and whom it lets in; what makes its log no log of rows, which
 * {@code check} refuses; and what is decided when its data are made (sizes of pages, MySQL's {@code
 * lower_case_table_names}).
 */
final class StartSettings {

  static final String[] POSTGRES = {
    "track_commit_timestamp=on",
    "wal_log_hints=on",
    "hot_standby=off",
    "max_prepared_transactions=5",
    "max_locks_per_transaction=10",
    "track_activity_query_size=100",
    "superuser_reserved_connections=0",
    "autovacuum_freeze_max_age=100000",
    "autovacuum_multixact_freeze_max_age=10000",
    "dynamic_shared_memory_type=mmap"
  };

  static final String[] MYSQL = {
    "innodb_autoinc_lock_mode=0",
    "innodb_rollback_on_timeout=ON",
    "disabled_storage_engines=MyISAM",
    "secure_file_priv=NULL",
    "table_open_cache_instances=1",
    "max_digest_length=0"
  };

  static final String[] MARIADB = {
    "innodb_autoinc_lock_mode=0",
    "innodb_rollback_on_timeout=ON",
    "lower_case_table_names=1",
    "performance_schema=OFF",
    "max_digest_length=0"
  };

  private StartSettings() {}
}
