//! The visits that people make, one test each, on virtual time.

mod around;
mod consents;
mod dates;
mod eligibility;
mod identity;

use super::*;

/// Every scenario, in order.
pub(super) const ALL: [fn(); 38] = [
    identity::scenario_01_a_mask_is_taken_off_and_the_second_look_matches,
    identity::scenario_02_three_misses_lead_to_the_pin,
    identity::scenario_03_misses_and_a_forgotten_pin_lead_to_the_staff,
    identity::scenario_04_a_locked_pin_takes_nothing_but_the_pin_away,
    dates::scenario_05_a_certificate_is_announced_tolerated_and_refused,
    dates::scenario_06_a_revoked_certificate_has_no_grace,
    dates::scenario_07_three_months_from_the_end_of_february_end_in_may,
    dates::scenario_08_between_the_two_ends_the_government_system_is_asked,
    dates::scenario_09_registration_with_few_days_left_is_announced_and_tried,
    eligibility::scenario_10_a_face_only_card_cannot_be_used_online,
    consents::scenario_11_refusing_everything_is_an_ordinary_visit,
    dates::scenario_12_the_check_up_is_asked_from_forty_on,
    consents::scenario_13_the_limit_information_is_provided_or_asked,
    around::scenario_14_a_card_left_behind_is_reminded_of_alarms_and_blocks_the_next_patient,
    around::scenario_15_a_lost_reader_ends_out_of_service_from_everywhere,
    around::scenario_16_the_mode_changes_with_the_next_session,
    identity::scenario_17_a_mute_chip_is_guided_and_a_soiled_face_leaves_the_pin,
    around::scenario_18_an_outage_of_the_certificate_authority_stops_first_registration_only,
    consents::scenario_19_a_card_pulled_between_eligibility_and_consent_grants_nothing,
    identity::scenario_20_misreadings_are_stopped_before_the_third_verify,
    around::scenario_21_a_late_result_of_the_former_session_is_dropped,
    around::scenario_22_the_service_stops_when_the_reader_is_unplugged,
    eligibility::scenario_23_eligibility_that_is_not_found_goes_on_at_the_counter_in_order,
    eligibility::scenario_24_after_a_change_of_insurer_nobody_is_asked_whether_nothing_changed,
    eligibility::scenario_25_a_patient_without_any_card_finds_the_counter,
    eligibility::scenario_26_a_notice_without_the_card_is_refused,
    eligibility::scenario_27_data_that_look_wrong_withdraw_every_consent,
    consents::scenario_28_a_second_visit_on_the_same_day_asks_everything_anew,
    eligibility::scenario_29_a_released_registration_is_offered_and_never_taken_by_itself,
    eligibility::scenario_30_a_face_only_card_is_confirmed_by_staff_at_a_home_visit,
    eligibility::scenario_31_a_suspended_card_has_no_grace_and_is_no_paper_either,
    dates::scenario_32_the_routes_change_with_the_end_of_the_old_cards,
    consents::scenario_33_the_certificate_of_a_specific_disease_is_asked_for,
    identity::scenario_34_an_external_owner_of_the_pin_sends_no_verify,
    identity::scenario_35_a_phone_checks_in_without_a_card,
    around::scenario_36_a_card_is_pulled_at_any_moment,
    around::scenario_37_staff_are_called_at_any_moment,
    around::scenario_38_the_program_stops_at_any_moment,
];
