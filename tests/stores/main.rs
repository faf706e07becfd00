//! What every key store promises, as one battery that each of them must pass; then what
//! SQLite and PostgreSQL promise besides, and what stores of nonces do.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod addresses;
mod audited;
mod backends;
mod cut_off;
mod databases;
mod finding;
mod fixtures;
mod hashers;
mod issuing;
mod kill_nine;
mod limits;
mod listing;
mod nonces;
mod owner_filter;
mod owners;
mod roles;
mod rotating;
mod secrecy;
mod sites;
mod sql_keys;
mod sql_roles;
mod sqlite;
mod states;
mod upgrades;

/// Instantiates every claim for one backend. A claim that is missing here is a warning
/// about unused code.
macro_rules! battery {
    ($($backend:ident)*) => {$(
        mod $backend {
            battery! { @claims $backend
                finding: an_issued_api_key_is_found_by_its_digest,
                    a_signing_key_is_found_by_its_id_with_a_secret_that_signs,
                    a_key_of_another_realm_is_not_found,
                    the_same_secret_in_two_realms_is_two_keys,
                    a_key_of_another_scheme_is_not_found,
                    an_id_in_another_case_is_not_found,
                    an_api_key_is_not_found_by_its_id,
                    an_unknown_key_is_none,
                    the_first_digest_that_is_held_answers;
                issuing: generated_keys_have_the_form_of_their_scheme,
                    an_imported_secret_stays_what_it_is,
                    secrets_of_a_wrong_form_are_refused,
                    ids_of_a_wrong_form_are_refused,
                    schemes_without_stored_keys_are_refused,
                    an_id_is_given_once_in_a_realm,
                    an_api_key_is_given_once_in_a_realm,
                    an_end_before_the_beginning_is_refused,
                    everything_about_a_key_comes_back,
                    of_two_that_issue_the_same_id_at_once_one_succeeds;
                rotating: a_rotated_api_key_keeps_id_and_prefix_and_both_secrets_work_for_the_overlap,
                    a_rotated_signing_key_signs_with_both_secrets_for_the_overlap,
                    rotation_never_lengthens_the_old_secrets_life,
                    rotation_does_not_outlive_the_key,
                    a_second_rotation_drops_the_oldest_secret,
                    without_overlap_the_old_secret_ends_at_once,
                    a_revoked_or_unknown_key_is_not_rotated;
                states: a_disabled_key_is_found_disabled_and_may_be_enabled_again,
                    a_revoked_key_stays_revoked,
                    a_revoked_keys_id_and_secret_are_not_given_again,
                    an_unknown_key_is_not_changed,
                    every_change_raises_the_epoch;
                owners: a_key_carries_its_owners,
                    an_inactive_site_account_or_user_switches_its_keys_off,
                    a_key_issued_for_an_inactive_owner_is_off,
                    an_unknown_owner_is_refused,
                    a_site_of_another_account_is_refused,
                    a_user_of_another_account_is_refused,
                    a_user_of_no_account_may_hold_a_key_of_any,
                    the_account_of_a_site_or_user_is_filled_in,
                    owners_are_added_once,
                    a_refused_key_leaves_nothing_behind;
                listing: paging_lists_every_key_once,
                    a_list_is_of_one_realm,
                    a_list_tells_how_keys_stand;
                roles: a_user_has_the_privileges_of_all_roles_of_all_its_groups,
                    a_user_without_groups_has_no_privilege_and_an_unknown_one_no_rights,
                    a_user_id_in_another_case_is_unknown,
                    what_is_taken_is_gone_at_the_next_look_up,
                    what_another_role_or_group_gives_stays,
                    what_is_deleted_is_gone_from_everywhere,
                    a_deleted_name_that_is_added_again_has_nothing,
                    a_user_who_is_switched_off_has_neither_rights_nor_keys,
                    a_user_of_an_account_that_is_switched_off_has_no_rights,
                    to_give_twice_or_to_take_twice_is_no_error,
                    unknown_names_are_refused,
                    names_are_given_once,
                    privileges_of_the_same_word_are_duplicates,
                    names_of_a_wrong_form_are_refused,
                    lists_tell_who_has_what,
                    paging_lists_every_user_of_a_group_once;
                limits: names_assigned_hold_for_the_next_request,
                    a_name_that_is_not_saved_or_is_gone_is_not_assigned,
                    what_is_gone_is_kept_and_comes_back,
                    what_is_gone_is_still_what_a_key_may_call,
                    a_list_with_a_name_twice_saves_nothing,
                    of_two_that_save_the_same_list_at_once_one_adds,
                    networks_hold_when_issued_and_at_once_when_assigned,
                    a_limit_survives_rotation_and_switches,
                    a_revoked_or_unknown_key_is_not_limited;
                sites: a_site_is_found_with_its_account,
                    an_unknown_site_has_no_account,
                    a_site_that_is_switched_off_is_unknown,
                    a_site_of_an_account_that_is_switched_off_is_unknown;
                secrecy: the_secret_is_nowhere_in_debug_output_or_lists;
            }
        }
    )*};
    (@claims $backend:ident $($topic:ident: $($claim:ident),+;)*) => {$(
        mod $topic {$(
            #[tokio::test]
            async fn $claim() {
                let fresh = crate::backends::$backend().await;
                crate::$topic::$claim(&fresh.store).await;
            }
        )*}
    )*};
}

battery! {
    memory memory_behind_arc memory_behind_filter memory_audited
    sqlite_file sqlite_file_behind_arc sqlite_file_audited
    postgres postgres_behind_arc postgres_audited
}

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
                sql_roles: rights_survive_reopening,
                    a_change_by_another_handle_holds_at_once,
                    a_change_that_fails_halfway_changes_nothing,
                    rights_that_lead_nowhere_are_an_error_never_fewer_rights,
                    a_privilege_that_is_no_word_is_an_error_never_fewer_rights,
                    a_user_whose_switch_is_damaged_is_not_active,
                    an_outage_is_an_error_never_a_user_without_rights;
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
