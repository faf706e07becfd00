//! The conformance battery for every store of this crate, behind every wrapper too; then what
//! each of them promises besides.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test that panics has failed")]
#![allow(clippy::print_stdout, reason = "how many were killed is shown")]

mod addresses;
mod audited;
mod backends;
mod battery;
mod broken;
mod clocks;
mod cut_off;
mod databases;
mod fixtures;
mod hashers;
mod kill_nine;
mod legacy;
mod nonces;
mod outages;
mod owner_filter;
mod owner_ids;
mod postgres_plans;
mod private_servers;
mod redis_backends;
mod redis_claims;
mod redis_counting;
mod redis_keys;
mod redis_legacy;
mod redis_masters;
mod redis_outage;
mod redis_uses;
mod sql_keys;
mod sql_legacy;
mod sql_masters;
mod sql_nonces;
mod sql_owners;
mod sql_roles;
mod sql_tokens;
mod sqlite;
mod upgrades;
mod with_servers;

#[path = "../servers/mod.rs"]
mod servers;

use portcullis::conformance::battery;

battery! { #[tokio::test] memory: backends::memory => keys roles limits sites legacy }
battery! { #[tokio::test] memory_behind_arc: backends::memory_behind_arc => keys roles limits sites legacy }
battery! { #[tokio::test] memory_behind_filter: backends::memory_behind_filter => keys roles limits sites legacy }
battery! { #[tokio::test] memory_audited: backends::memory_audited => keys roles limits sites legacy }
battery! { #[tokio::test] memory_erased: backends::memory_erased => keys roles limits sites legacy }
battery! { #[tokio::test] memory_keys_erased: backends::memory_keys_erased => keys }
battery! { #[tokio::test] memory_cached: backends::memory_cached => keys roles limits sites legacy }
battery! { #[tokio::test] memory_nonces: backends::memory_nonces => nonces }
battery! { #[tokio::test] memory_nonces_behind_arc: backends::memory_nonces_behind_arc => nonces }
battery! { #[tokio::test] memory_counters: backends::memory_counters => counters }
battery! { #[tokio::test] memory_counters_behind_arc: backends::memory_counters_behind_arc => counters }
battery! { #[tokio::test] memory_counters_erased: backends::memory_counters_erased => counters }
battery! { #[tokio::test] memory_addresses: backends::memory_addresses => addresses }
battery! { #[tokio::test] memory_addresses_behind_arc: backends::memory_addresses_behind_arc => addresses }
battery! { #[tokio::test] sqlite_file_audited: backends::sqlite_file_audited => keys roles limits sites legacy }
battery! { #[tokio::test] sqlite_file_erased: backends::sqlite_file_erased => keys roles limits sites legacy key_changes changes legacy_changes }
battery! { #[tokio::test] sqlite_file: backends::sqlite_file => keys roles limits sites legacy key_changes changes legacy_changes }
battery! { #[tokio::test] sqlite_file_behind_arc: backends::sqlite_file_behind_arc => keys roles limits sites legacy key_changes changes legacy_changes }
battery! { #[tokio::test] sqlite_file_cached: backends::sqlite_file_cached => keys roles limits sites legacy key_changes changes legacy_changes }
battery! { #[tokio::test] sqlite_nonces: backends::sqlite_nonces => nonces }
battery! { #[tokio::test] sqlite_counters: backends::sqlite_counters => counters }
battery! { #[tokio::test] sqlite_counters_erased: backends::sqlite_counters_erased => counters }
battery! { #[tokio::test] sqlite_addresses: backends::sqlite_file => addresses }
battery! { #[tokio::test] sqlite_addresses_erased: backends::sqlite_file_addresses => addresses }
battery! { #[tokio::test] postgres_erased: backends::postgres_erased => keys roles limits sites legacy key_changes changes legacy_changes key_messages messages }
battery! { #[tokio::test] postgres: backends::postgres => keys roles limits sites legacy key_changes changes legacy_changes key_messages messages }
battery! { #[tokio::test] postgres_behind_arc: backends::postgres_behind_arc => keys roles limits sites legacy key_changes changes legacy_changes key_messages messages }
battery! { #[tokio::test] postgres_cached: backends::postgres_cached => keys roles limits sites legacy key_changes changes legacy_changes key_messages messages }
battery! { #[tokio::test] postgres_nonces: backends::postgres_nonces => nonces }
battery! { #[tokio::test] postgres_counters: backends::postgres_counters => counters }
battery! { #[tokio::test] postgres_addresses: backends::postgres => addresses }
battery! { #[tokio::test] postgres_addresses_erased: backends::postgres_addresses => addresses }
battery! { #[tokio::test] redis_erased: redis_backends::redis_erased => keys roles limits sites legacy key_changes changes legacy_changes key_messages messages }
battery! { #[tokio::test] redis: redis_backends::redis => keys roles limits sites legacy key_changes changes legacy_changes key_messages messages }
battery! { #[tokio::test] redis_behind_arc: redis_backends::redis_behind_arc => keys roles limits sites legacy key_changes changes legacy_changes key_messages messages }
battery! { #[tokio::test] redis_cached: redis_backends::redis_cached => keys roles limits sites legacy key_changes changes legacy_changes key_messages messages }
battery! { #[tokio::test] redis_nonces: redis_backends::redis_nonces => nonces }
battery! { #[tokio::test] redis_nonces_erased: redis_backends::redis_nonces_erased => nonces }
battery! { #[tokio::test] redis_nonces_behind_arc: redis_backends::redis_nonces_behind_arc => nonces }
battery! { #[tokio::test] redis_counters: redis_backends::redis_counters => counters }
battery! { #[tokio::test] redis_addresses: redis_backends::redis => addresses }
battery! { #[tokio::test] redis_addresses_erased: redis_backends::redis_addresses => addresses }
battery! { #[tokio::test] memory_tokens: backends::memory_tokens => refresh revocations }
battery! { #[tokio::test] memory_tokens_behind_arc: backends::memory_tokens_behind_arc => refresh revocations }
battery! { #[tokio::test] memory_refresh_erased: backends::memory_refresh_erased => refresh }
battery! { #[tokio::test] memory_revocations_erased: backends::memory_revocations_erased => revocations }
battery! { #[tokio::test] memory_revocations_cached: backends::memory_revocations_cached => revocations }
battery! { #[tokio::test] memory_key_rings: backends::memory_key_rings => key_rings }
battery! { #[tokio::test] memory_key_rings_behind_arc: backends::memory_key_rings_behind_arc => key_rings }
battery! { #[tokio::test] memory_key_rings_erased: backends::memory_key_rings_erased => key_rings }
battery! { #[tokio::test] sqlite_tokens: backends::sqlite_tokens => refresh revocations }
battery! { #[tokio::test] sqlite_key_rings: backends::sqlite_file => key_rings }
battery! { #[tokio::test] postgres_tokens: backends::postgres_tokens => refresh revocations }
battery! { #[tokio::test] postgres_key_rings: backends::postgres => key_rings }
battery! { #[tokio::test] redis_tokens: redis_backends::redis_tokens => refresh revocations }
battery! { #[tokio::test] redis_key_rings: redis_backends::redis => key_rings }

/// Instantiates every claim about stores in SQL for one database.
macro_rules! sql {
    ($($name:ident: $database:ty),+) => {$(
        mod $name {
            sql! { @claims $database;
                sql_keys: a_key_survives_reopening,
                    a_change_of_another_handle_is_in_force_at_once,
                    of_several_that_migrate_at_once_all_succeed,
                    of_many_changes_at_once_none_is_refused,
                    no_secret_is_in_the_database_in_clear,
                    a_sealed_secret_moved_to_another_row_does_not_open,
                    the_wrong_master_key_is_an_outage_not_a_refusal,
                    a_closed_pool_is_an_error_never_none,
                    a_site_without_the_row_of_its_account_is_an_error_never_none,
                    a_database_without_the_schema_is_an_error_never_none,
                    a_damaged_row_is_an_error_never_none,
                    a_damaged_line_of_the_saved_list_is_an_error_never_absent,
                    a_digest_without_its_key_is_an_error_never_none,
                    the_schema_itself_keeps_names_and_revocations,
                    clones_are_the_same_store,
                    every_change_that_is_kept_is_counted_and_no_other,
                    a_name_that_no_database_holds_is_unknown_not_an_outage;
                sql_legacy: a_hash_survives_reopening_and_is_adopted_by_another_handle,
                    of_two_nodes_that_adopt_at_once_one_makes_the_change,
                    no_hash_of_another_system_is_in_the_database_in_clear,
                    a_sealed_hash_moved_to_another_row_does_not_open,
                    a_damaged_or_foreign_hash_is_an_error_never_none,
                    without_the_database_no_hash_is_none,
                    what_no_database_holds_has_no_hash,
                    an_adoption_that_fails_halfway_changes_nothing;
                sql_masters: under_another_master_key_nothing_is_sealed_and_no_key_is_lost,
                    a_secret_that_does_not_open_is_not_rotated;
                sql_owners: a_change_of_an_owner_of_many_keys_is_one_row_and_a_change_of_each_key,
                    every_owner_is_on_one_page;
                sql_roles: rights_survive_reopening,
                    a_change_by_another_handle_holds_at_once,
                    a_change_that_fails_halfway_changes_nothing,
                    rights_that_lead_nowhere_are_an_error_never_fewer_rights,
                    a_privilege_that_is_no_word_is_an_error_never_fewer_rights,
                    a_user_whose_switch_is_damaged_is_not_active,
                    an_outage_is_an_error_never_a_user_without_rights;
                sql_nonces: a_node_whose_clock_went_back_claims_nothing_that_may_be_forgotten,
                    what_is_past_is_swept_and_never_given_again,
                    the_floor_holds_though_the_databases_clock_went_back,
                    of_two_nodes_with_the_same_request_one_is_served_once,
                    of_a_thousand_on_two_nodes_a_quota_of_a_hundred_serves_a_hundred,
                    counters_of_days_that_are_past_are_swept,
                    neither_claims_nor_counts_are_answered_without_the_database;
                sql_tokens: of_two_nodes_with_the_same_refresh_token_one_is_given_the_next,
                    what_is_long_past_is_swept_and_nothing_else,
                    nothing_about_tokens_is_answered_without_the_database,
                    a_damaged_family_or_ring_is_an_error_never_none;
            }
        }
    )+};
    (@claims $database:ty; $($topic:ident: $($claim:ident),+;)*) => {$(
        mod $topic {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $claim() {
                crate::$topic::$claim::<$database>().await;
            }
        )*}
    )*};
}

sql! { sqlite_database: crate::databases::Sqlite, postgres_database: crate::databases::Postgres }
