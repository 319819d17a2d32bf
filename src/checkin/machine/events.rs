//! Events that come from devices, patients and staff at any time, and deadlines.

use super::{
    CancelledBy, Consumed, Effect, Event, FailureCode, MessageId, Method, OutOfServiceReason,
    Outcome, Phase, RemoveReason, Run,
};
use crate::checkin::event::{Attempts, CardProfile};
use crate::checkin::identity::MethodSet;
use crate::error::ErrorKind;

impl Run<'_> {
    pub(super) fn on_event(&mut self, event: Event) {
        match event {
            Event::CardArrived => self.on_card_arrived(),
            Event::CardStable => self.on_card_stable(),
            Event::CardLeft => self.on_card_left(),
            Event::CardMute => self.on_unusable_card(FailureCode::Mute),
            Event::CardUnrecognised => self.on_unusable_card(FailureCode::Unrecognised),
            Event::MultipleCards => self.on_unusable_card(FailureCode::Multiple),
            Event::NotMyNumberCard => self.on_unusable_card(FailureCode::NotMyNumberCard),
            Event::ReaderLost => {
                self.state.reader = false;
                self.on_device_lost(FailureCode::ReaderLost);
            }
            Event::ServiceLost => {
                self.state.service = false;
                self.on_device_lost(FailureCode::ServiceStopped);
            }
            Event::ReaderBack { card_present } => {
                self.state.reader = true;
                self.state.slot = card_present;
                self.on_device_back();
            }
            Event::ServiceBack => {
                self.state.service = true;
                self.on_device_back();
            }
            Event::CameraLost => {
                self.state.camera = false;
                self.on_camera_changed();
            }
            Event::CameraBack => {
                self.state.camera = true;
                self.on_camera_changed();
            }
            Event::FaceEngine(statement) => self.state.face_engine = Some(statement),
            Event::LivenessCheck(evidence) => self.state.pad_evidence = Some(evidence),
            Event::Chosen(method) => self.on_chosen(method),
            Event::WithoutCard => self.on_without_card(),
            Event::AcknowledgeLastTry => self.on_last_try_acknowledged(),
            Event::PinUnknown => self.on_pin_unknown(),
            Event::PinDigits(count) => self.on_pin_digits(count),
            Event::FaceOnlyCard => self.on_face_only_card(),
            Event::StaffDecision { same } => self.on_staff_decision(same),
            Event::StaffClear => self.on_staff_clear(),
            Event::DataLooksWrong => self.on_data_looks_wrong(),
            Event::MoreTime => self.on_more_time(),
            Event::Cancel => self.on_cancel(),
            Event::CallStaff => self.on_call_staff(),
            Event::Assist(profile) => self.on_assist(profile),
            Event::ModeChanged(mode) => {
                // A running session finishes under the old mode.
                self.state.next_mode = mode;
                if self.state.phase == Phase::Idle {
                    self.welcome();
                }
            }
            Event::VendorCode(code) => self.state.vendor_code = Some(code),
            Event::Shutdown => self.on_shutdown(),
            Event::Timeout(_) | Event::Answer(..) => self.ignore(),
        }
    }

    fn on_device_lost(&mut self, code: FailureCode) {
        self.state.slot = false;
        match self.state.phase {
            Phase::OutOfService(_) => return self.ignore(),
            Phase::Idle | Phase::CardSettling => return self.end(),
            // The answer under way belongs to this patient, card or no card.
            Phase::Querying | Phase::Submitting => {
                self.state.session.card_gone = true;
                self.state.session.device_lost = true;
                self.record(code, Consumed::No);
                return;
            }
            Phase::Consenting(_) => {
                self.state.session.outcome = Some(Outcome::Partial {
                    at: self.state.phase.code(),
                });
            }
            Phase::Showing | Phase::RemoveCard(_) => {}
            _ => {
                self.state.session.outcome = Some(Outcome::DeviceFailure {
                    at: self.state.phase.code(),
                });
            }
        }
        if self.state.session.open {
            self.alert(code);
        }
        self.state.session.card_gone = true;
        self.end();
    }

    fn on_device_back(&mut self) {
        match self.state.phase {
            Phase::OutOfService(reason) if self.state.reader && self.state.service => {
                // A program that runs its devices again did not stop after all.
                if reason == OutOfServiceReason::ShuttingDown {
                    self.state.shutting_down = false;
                }
                self.end();
            }
            _ => self.ignore(),
        }
    }

    fn on_camera_changed(&mut self) {
        match self.state.phase {
            Phase::UnlockingPortrait | Phase::FaceCapture if !self.state.camera => {
                self.alert(FailureCode::CameraLost);
                self.choose();
            }
            Phase::ChooseMethod => self.offer_methods_again(),
            _ => {}
        }
    }

    fn on_face_only_card(&mut self) {
        let before_the_choice = matches!(self.state.phase, Phase::ChooseMethod | Phase::PinEntry);
        if !before_the_choice {
            return self.ignore();
        }
        self.state.session.facts.profile = CardProfile::FaceOnly;
        match self.state.phase {
            Phase::ChooseMethod => self.offer_methods_again(),
            _ => self.choose(),
        }
    }

    /// The same choice, with the methods that are left now.
    fn offer_methods_again(&mut self) {
        let methods = self.methods();
        if methods.is_empty() {
            self.choose();
        } else {
            self.push(Effect::OfferMethods(methods));
        }
    }

    fn on_chosen(&mut self, method: Method) {
        match self.state.phase {
            Phase::ChooseMethod => {}
            Phase::Idle if MethodSet::of_phone().contains(method) => {
                return self.on_phone_chosen(method);
            }
            _ => return self.ignore(),
        }
        if !self.methods().contains(method) {
            self.prompt(MessageId::MethodUnavailable);
            let methods = self.methods();
            return self.push(Effect::OfferMethods(methods));
        }
        match method {
            Method::Face => self.start_unlocking(),
            Method::Pin => self.start_pin(),
            Method::StaffVisual => self.start_staff_gate(),
            Method::PhonePin | Method::PhoneBiometric => self.ignore(),
        }
    }

    /// Whether a person's pace decides how long this state lasts, and more time is left to give.
    fn may_extend(&self) -> bool {
        let at_ones_own_pace = match self.state.phase {
            Phase::ChooseMethod
            | Phase::PhoneAwait
            | Phase::WithoutCard
            | Phase::FaceCapture
            | Phase::PinEntry
            | Phase::StaffGate
            | Phase::StaffConfirm
            | Phase::OfferingRegistration
            | Phase::Consenting(_)
            | Phase::Showing => true,
            // Typed on a device, or into other software.
            Phase::PinVerifying => self.state.session.entry_in_device,
            _ => false,
        };
        at_ones_own_pace && self.state.extensions < self.policy.budgets.extensions
    }

    fn extend(&mut self) {
        self.state.extensions += 1;
        if let Some(deadline) = self.deadline(self.state.phase) {
            self.arm(deadline);
        }
    }

    fn on_more_time(&mut self) {
        if self.may_extend() {
            self.extend();
        } else {
            self.ignore();
        }
    }

    fn on_cancel(&mut self) {
        match self.state.phase {
            Phase::ReadingCard
            | Phase::ChooseMethod
            | Phase::PhoneAwait
            | Phase::WithoutCard
            | Phase::Authenticating
            | Phase::Querying => self.cancelled(CancelledBy::Patient),
            Phase::UnlockingPortrait | Phase::FaceCapture | Phase::PinEntry => self.choose(),
            Phase::StaffGate | Phase::StaffConfirm => self.choose(),
            Phase::OfferingRegistration | Phase::Registering => {
                self.give_up(FailureCode::NotRegistered);
            }
            Phase::Consenting(_) => self.interrupt_consents(),
            Phase::Showing => self.finish_showing(),
            _ => self.ignore(),
        }
    }

    fn on_data_looks_wrong(&mut self) {
        match self.state.phase {
            Phase::Consenting(_) => {
                // Consents to somebody else's data are no consents.
                self.state.session.consents.clear();
                self.give_up(FailureCode::DataLooksWrong);
            }
            Phase::Showing => self.give_up(FailureCode::DataLooksWrong),
            _ => self.ignore(),
        }
    }

    fn on_assist(&mut self, profile: super::AssistProfile) {
        self.state.assist = profile;
        self.state.session.assisted |= self.state.session.open && profile.staff_present;
        if self.state.phase == Phase::ChooseMethod {
            self.offer_methods_again();
        }
        if profile.extra_time && self.may_extend() {
            // The longer deadline holds at once, for the screen that made somebody ask for it.
            self.extend();
        }
    }

    fn on_shutdown(&mut self) {
        if self.state.shutting_down {
            return self.ignore();
        }
        self.state.shutting_down = true;
        if !self.state.session.open {
            return self.end();
        }
        // What is already done stays done.
        if !matches!(self.state.phase, Phase::Showing | Phase::RemoveCard(_)) {
            self.record(FailureCode::Cancelled, Consumed::No);
            self.state.session.outcome = Some(Outcome::Cancelled {
                by: CancelledBy::System,
            });
        }
        if self.card_is_here() {
            self.remove(RemoveReason::ShuttingDown);
        } else {
            self.end();
        }
    }

    pub(super) fn on_timeout(&mut self) {
        match self.state.phase {
            Phase::OutOfService(_) | Phase::Idle => {}
            Phase::CardSettling => self.on_unusable_card(FailureCode::Unrecognised),
            Phase::ReadingCard => self.unreadable(FailureCode::Mute),
            Phase::ChooseMethod | Phase::PhoneAwait | Phase::WithoutCard => self.timed_out(),
            // The code is with the card, and perhaps was counted.
            Phase::UnlockingPortrait if self.state.session.presented.take().is_some() => {
                self.code_unanswered();
            }
            Phase::UnlockingPortrait => {
                self.fail(FailureCode::CardFaceUnreadable);
                self.choose_without(Method::Face);
            }
            Phase::FaceCapture => self.face_attempt_used(FailureCode::NoFace),
            Phase::PinEntry => self.choose(),
            Phase::PinVerifying => self.pin_unanswered(),
            Phase::StaffGate => self.choose(),
            Phase::StaffConfirm => self.start_staff_gate(),
            Phase::Authenticating => self.give_up(FailureCode::UpstreamTimeout),
            Phase::OfferingRegistration => self.timed_out(),
            Phase::Registering => self.give_up(FailureCode::UpstreamTimeout),
            Phase::Querying => self.query_failed(FailureCode::UpstreamTimeout),
            Phase::Consenting(_) => self.consent_timed_out(),
            Phase::Submitting => self.submit_failed(),
            Phase::Showing => self.finish_showing(),
            Phase::RemoveCard(RemoveReason::ShuttingDown) => self.end(),
            Phase::RemoveCard(_) => self.remind(),
        }
    }

    pub(super) fn on_failed(&mut self, kind: ErrorKind) {
        let on_card = matches!(
            self.state.phase,
            Phase::ReadingCard | Phase::UnlockingPortrait | Phase::PinVerifying
        );
        if kind == ErrorKind::NoCard && on_card {
            // The watch says so too, sooner or later.
            return self.on_card_left();
        }
        match self.state.phase {
            Phase::ReadingCard => self.read_failed(kind),
            Phase::PhoneAwait => self.phone_failed(kind),
            Phase::WithoutCard => self.give_up(FailureCode::WithoutCard),
            Phase::UnlockingPortrait => {
                self.state.session.presented = None;
                self.fail(FailureCode::CardFaceUnreadable);
                self.choose_without(Method::Face);
            }
            Phase::FaceCapture => self.face_failed(kind),
            Phase::PinEntry => {
                self.fail(FailureCode::PinPadFailed);
                self.choose_without(Method::Pin);
            }
            Phase::PinVerifying => self.pin_unanswered(),
            Phase::StaffGate => {
                self.fail(FailureCode::Unsupported);
                self.choose_without(Method::StaffVisual);
            }
            Phase::Authenticating | Phase::Registering => self.give_up(upstream_code(kind)),
            Phase::OfferingRegistration => self.give_up(FailureCode::NotRegistered),
            Phase::Querying => self.query_failed(upstream_code(kind)),
            Phase::Consenting(_) => self.interrupt_consents(),
            Phase::Submitting => self.submit_failed(),
            _ => self.ignore(),
        }
    }

    /// The PIN's counter is not known any more.
    pub(super) fn forget_pin_counter(&mut self) {
        self.state.session.facts.pin = Attempts::Unknown;
    }
}

fn upstream_code(kind: ErrorKind) -> FailureCode {
    match kind {
        ErrorKind::TimedOut => FailureCode::UpstreamTimeout,
        ErrorKind::Disconnected | ErrorKind::NotFound => FailureCode::NetworkDown,
        _ => FailureCode::SystemOutage,
    }
}
