//! The list of all claims.

/// Hands the claims of a group to a macro, behind what is given to it. A claim is one line here
/// and one function among the claims; a function that is not here does not compile.
#[macro_export]
#[doc(hidden)]
macro_rules! __conformance_claims {
    (keys ($($then:tt)+) $given:tt) => {
        $($then)+ ! { $given keys
            finding "Finding keys.":
                an_issued_api_key_is_found_by_its_digest,
                a_signing_key_is_found_by_its_id_with_a_secret_that_signs,
                a_key_of_another_realm_is_not_found,
                the_same_secret_in_two_realms_is_two_keys,
                a_key_of_another_scheme_is_not_found,
                an_id_in_another_case_is_not_found,
                an_api_key_is_not_found_by_its_id,
                a_key_is_found_by_its_name_without_its_secrets,
                an_unknown_key_is_none,
                the_first_digest_that_is_held_answers;
            issuing "Issuing keys.":
                generated_keys_have_the_form_of_their_scheme,
                an_imported_secret_stays_what_it_is,
                secrets_of_a_wrong_form_are_refused,
                ids_of_a_wrong_form_are_refused,
                schemes_without_stored_keys_are_refused,
                an_id_is_given_once_in_a_realm,
                an_api_key_is_given_once_in_a_realm,
                an_end_before_the_beginning_is_refused,
                everything_about_a_key_comes_back,
                of_two_that_issue_the_same_id_at_once_one_succeeds;
            rotating "Rotating keys.":
                a_rotated_api_key_keeps_id_and_prefix_and_both_secrets_work_for_the_overlap,
                a_rotated_key_keeps_its_format,
                a_rotated_signing_key_signs_with_both_secrets_for_the_overlap,
                rotation_never_lengthens_the_old_secrets_life,
                rotation_does_not_outlive_the_key,
                a_second_rotation_drops_the_oldest_secret,
                without_overlap_the_old_secret_ends_at_once,
                a_rotation_keeps_end_and_scopes_which_only_an_edit_changes,
                a_revoked_or_unknown_key_is_not_rotated;
            states "Switching and withdrawing keys.":
                a_disabled_key_is_found_disabled_and_may_be_enabled_again,
                a_key_works_between_its_beginning_and_its_end,
                a_revoked_key_stays_revoked,
                a_revocation_is_undone_by_nobody_who_changes_the_key_at_the_same_moment,
                a_revoked_keys_id_and_secret_are_not_given_again,
                an_unknown_key_is_not_changed,
                every_change_raises_the_epoch;
            owners "Whom keys belong to.":
                a_key_carries_its_owners,
                an_inactive_site_account_or_user_switches_its_keys_off,
                a_key_issued_for_an_inactive_owner_is_off,
                an_unknown_owner_is_refused,
                a_site_of_another_account_is_refused,
                a_user_of_another_account_is_refused,
                a_user_of_no_account_may_hold_a_key_of_any,
                the_account_of_a_site_or_user_is_filled_in,
                owners_are_added_once,
                a_refused_key_leaves_nothing_behind;
            realms "Keys of several realms.":
                a_change_of_a_key_leaves_the_same_id_of_another_realm_alone;
            listing "Listing keys.":
                paging_lists_every_key_once,
                a_list_is_of_one_realm,
                a_list_tells_how_keys_stand;
            editing "Editing keys, and what is written down about them.":
                an_edit_changes_what_it_names_and_nothing_else,
                what_is_edited_holds_for_the_next_request,
                an_edit_that_cannot_be_changes_nothing,
                a_revoked_key_takes_a_note_and_nothing_else,
                the_first_reason_of_a_revocation_stands,
                the_last_use_only_moves_forward_and_raises_no_epoch,
                a_list_tells_when_a_key_was_renewed,
                a_key_is_found_by_its_name,
                networks_hold_when_issued_and_at_once_when_assigned,
                networks_hold_for_both_secrets_and_are_not_given_to_a_revoked_key;
            forms "Which forms of signature keys accept.":
                a_key_accepts_any_form_unless_it_is_issued_with_the_strict_one_alone,
                the_forms_of_a_key_hold_at_once_when_they_are_edited_and_through_rotation,
                only_schemes_with_two_forms_have_keys_with_one;
            bulk "Issuing many keys in one change.":
                many_keys_are_issued_in_one_change,
                of_many_keys_none_is_issued_when_one_cannot_be;
            filters "Lists of some keys, and of owners.":
                a_list_is_of_one_owner,
                a_key_is_found_by_the_url_of_its_site,
                a_list_is_of_one_status,
                keys_that_are_due_are_listed,
                a_filtered_list_is_paged,
                owners_are_listed_with_what_is_known_of_them,
                owners_are_paged_in_the_order_of_their_bytes,
                limits_are_budgets_of_the_record;
            orders "Lists in every order.":
                a_list_is_in_the_order_that_is_asked_for,
                pages_of_every_order_have_each_key_once,
                a_page_begins_behind_a_key_that_is_known;
            searches "Searching for keys.":
                a_key_is_found_by_a_part_of_what_is_known_of_it,
                every_word_of_a_search_is_found_whatever_its_case,
                signs_in_a_search_stand_for_themselves,
                a_search_finds_what_is_changed_as_it_is_now,
                a_list_is_of_one_scheme_and_of_what_was_used,
                searches_filters_and_orders_are_combined,
                a_search_that_is_too_long_is_refused;
            hints "What is shown of secrets.":
                a_new_key_shows_its_prefix_and_the_last_four_of_its_secret,
                a_short_secret_shows_its_prefix_alone,
                a_rotated_key_shows_its_newest_secret;
            secrecy "Keeping secrets secret.":
                the_secret_is_nowhere_in_debug_output_or_lists;
        }
    };
    (roles ($($then:tt)+) $given:tt) => {
        $($then)+ ! { $given roles
            roles "What users may do.":
                a_user_has_the_privileges_of_all_roles_of_all_its_groups,
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
        }
    };
    (limits ($($then:tt)+) $given:tt) => {
        $($then)+ ! { $given limits
            limits "Which entry points keys are limited to.":
                names_assigned_hold_for_the_next_request,
                a_name_that_is_not_saved_or_is_gone_is_not_assigned,
                what_is_gone_is_kept_and_comes_back,
                what_is_gone_is_still_what_a_key_may_call,
                a_list_with_a_name_twice_saves_nothing,
                of_two_that_save_the_same_list_at_once_one_adds,
                a_limit_survives_rotation_and_switches,
                a_revoked_or_unknown_key_is_not_limited;
        }
    };
    (sites ($($then:tt)+) $given:tt) => {
        $($then)+ ! { $given sites
            sites "Which account a site belongs to.":
                a_site_is_found_with_its_account,
                an_unknown_site_has_no_account,
                a_site_that_is_switched_off_is_unknown,
                a_site_of_an_account_that_is_switched_off_is_unknown;
        }
    };
    (legacy ($($then:tt)+) $given:tt) => {
        $($then)+ ! { $given legacy
            legacy "Keys that are imported by the hash of another system.":
                an_imported_key_is_found_by_its_hash_until_it_is_adopted,
                a_sha_256_is_found_by_its_key_at_once,
                a_hash_is_one_key_of_a_realm,
                the_first_name_that_is_held_answers,
                what_is_not_known_by_its_hash_alone_is_refused,
                of_two_that_adopt_at_once_both_succeed,
                a_key_that_is_revoked_or_has_not_this_hash_is_not_adopted,
                a_text_that_is_another_key_is_not_adopted,
                a_rotated_key_keeps_its_hash_for_the_overlap,
                an_adopted_key_is_as_usable_as_it_was,
                an_adopted_key_shows_its_text_where_that_is_its_newest_secret;
        }
    };
    (nonces ($($then:tt)+) $given:tt) => {
        $($then)+ ! { $given nonces
            nonces "Claiming nonces.":
                however_many_claim_at_once_one_succeeds,
                the_same_nonce_under_another_key_scheme_or_realm_is_another,
                every_byte_of_a_long_nonce_counts,
                a_claim_holds_until_its_end_is_past,
                what_is_past_already_cannot_be_claimed,
                a_clock_that_goes_back_lets_nothing_through_again;
        }
    };
    (counters ($($then:tt)+) $given:tt) => {
        $($then)+ ! { $given counters
            counters "Counting what budgets have.":
                a_budget_gives_what_it_has,
                one_is_taken_from_all_budgets_or_from_none,
                names_and_periods_are_budgets_of_their_own,
                a_clock_that_goes_back_gives_nothing_back,
                however_many_take_at_once_the_budget_is_exact,
                what_is_too_much_is_an_error;
        }
    };
    (addresses ($($then:tt)+) $given:tt) => {
        $($then)+ ! { $given addresses
            addresses "Where keys were used from before.":
                an_address_is_new_once,
                the_same_address_with_another_key_scheme_or_realm_is_new,
                every_spelling_of_an_address_is_the_same,
                the_addresses_of_one_ipv6_network_are_one,
                however_many_ask_at_once_one_is_told_that_it_is_new;
        }
    };
    (refresh ($($then:tt)+) $given:tt) => {
        $($then)+ ! { $given refresh
            refresh "Using refresh tokens.":
                each_token_is_used_once_and_the_next_one_after_it,
                however_many_use_a_token_at_once_one_is_given_the_next,
                a_token_that_is_used_again_ends_its_family,
                a_token_in_the_hands_of_another_client_ends_its_family,
                what_a_family_is_for_can_be_asked,
                an_unknown_family_is_unknown,
                a_token_that_is_not_used_ends,
                a_family_ends_however_often_it_is_used,
                a_family_that_is_ended_is_gone,
                the_families_of_a_user_end_together,
                a_family_is_begun_once;
        }
    };
    (revocations ($($then:tt)+) $given:tt) => {
        $($then)+ ! { $given revocations
            revocations "Revoking tokens.":
                what_is_revoked_is_revoked_at_once,
                answers_are_in_the_order_of_the_names,
                a_revocation_takes_nothing_back,
                however_many_revoke_at_once_none_is_lost,
                a_revocation_is_kept_until_its_end,
                an_epoch_that_is_too_great_is_an_error;
        }
    };
    (key_rings ($($then:tt)+) $given:tt) => {
        $($then)+ ! { $given key_rings
            key_rings "Keeping rings of keys.":
                a_ring_is_what_was_put_there_last,
                only_the_next_version_replaces_a_ring,
                of_many_that_replace_a_ring_at_once_one_does;
        }
    };
    (key_changes ($($then:tt)+) $given:tt) => {
        $($then)+ ! { $given key_changes
            key_changes "Numbering changes of keys and owners.":
                every_change_of_a_key_or_an_owner_raises_the_number_by_one;
        }
    };
    (key_messages ($($then:tt)+) $given:tt) => {
        $($then)+ ! { $given key_messages
            key_messages "Telling what changed about keys and owners.":
                every_change_of_a_key_or_an_owner_is_heard;
        }
    };
    (changes ($($then:tt)+) $given:tt) => {
        $($then)+ ! { $given changes
            changes "Numbering changes.":
                every_change_raises_the_number_by_one;
        }
    };
    (messages ($($then:tt)+) $given:tt) => {
        $($then)+ ! { $given messages
            messages "Telling what changed.":
                every_change_is_heard;
        }
    };
    (legacy_changes ($($then:tt)+) $given:tt) => {
        $($then)+ ! { $given legacy_changes
            legacy_changes "Numbering imports by the hash of another system.":
                each_import_and_each_adoption_is_one_change;
        }
    };
    ($group:ident $then:tt $given:tt) => {
        compile_error!(concat!("the battery has no group `", stringify!($group), "`"));
    };
}
#[doc(hidden)]
pub use __conformance_claims;
