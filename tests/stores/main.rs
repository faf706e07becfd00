//! What every key store promises, as one battery that each of them must pass; then what
//! SQLite promises besides, and what stores of nonces do.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod addresses;
mod audited;
mod backends;
mod finding;
mod fixtures;
mod hashers;
mod issuing;
mod kill_nine;
mod listing;
mod nonces;
mod owners;
mod rotating;
mod secrecy;
mod sqlite;
mod states;

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

battery! { memory memory_behind_arc memory_audited sqlite_file sqlite_file_behind_arc sqlite_file_audited }
