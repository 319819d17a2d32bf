//! What the machine wants done.

use jiff::civil::Date;

use super::consent::{ConsentItem, ConsentRecord};
use super::event::{Ticket, TimerId, ValueId};
use super::failure::Failure;
use super::identity::{Authenticated, Identified, Method, MethodSet};
use super::messages::MessageId;
use super::report::SessionReport;
use crate::time::Timestamp;
use std::time::Duration;

/// Something to show or to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// What.
    pub message: MessageId,
    /// A number or a date that belongs to it.
    pub detail: Detail,
    /// Whether it must be spoken too.
    pub audio: bool,
}

/// What belongs to a prompt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// Nothing.
    #[default]
    None,
    /// Tries left.
    TriesLeft(u8),
    /// The last usable day.
    LastDay(Date),
    /// Days left, 0 today.
    DaysLeft(i64),
}

/// One thing to do. Effects of one step are carried out in order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// Show or speak.
    Prompt(Prompt),
    /// Offer these methods; answered by `Chosen`.
    OfferMethods(MethodSet),
    /// Wait for a phone at its reader; answered by `Answer::Phone`.
    AwaitPhone {
        /// The request.
        ticket: Ticket,
        /// How the phone knows its owner.
        method: Method,
    },
    /// Ask a patient without a usable card for what else is at hand; answered by
    /// `Answer::Papers`.
    AskPapers(Ticket),
    /// Show that so many digits were entered.
    ShowDigits(u8),
    /// Wait until the field is stable for `debounce`, then power the card; answered by
    /// `CardStable`, `CardMute`, `CardUnrecognised`, `MultipleCards` or `NotMyNumberCard`.
    SettleCard {
        /// How long.
        debounce: Duration,
    },
    /// Read certificate, dates and counters; answered by `Answer::Card`.
    ReadCard(Ticket),
    /// Image the card's face and read the printed data; answered by `Answer::CardFace`.
    ScanCardFace(Ticket),
    /// Present this card-face code, read and check the portrait; answered by `Answer::Portrait`.
    /// Never repeated by the runner.
    UnlockPortrait(Ticket, ValueId),
    /// Look at the face and compare; answered by `Answer::FaceHint`, any number of times, and one
    /// `Answer::Face`.
    StartFace {
        /// The request.
        ticket: Ticket,
        /// Which attempt of the session, from 1.
        attempt: u8,
    },
    /// Prepare the PIN pad, or collect the digits where the host does; answered by `Answer::Pin`.
    CollectPin(Ticket),
    /// Present the PIN, once; answered by `Answer::Pin`. Never repeated by the runner.
    VerifyPin(Ticket),
    /// Let other software collect and present the PIN and authenticate; answered by
    /// `Answer::Authentication`, or by `Answer::Pin` when the PIN was not right.
    ExternalPin(Ticket),
    /// Let go of the card so that other software can use it.
    ReleaseCard,
    /// Ask staff for their pass code; answered by `Answer::StaffCode`.
    AskStaffCode(Ticket),
    /// Ask staff to compare; answered by `StaffDecision`.
    AskStaffToCompare,
    /// Authenticate with the government system; answered by `Answer::Authentication`.
    Authenticate(Ticket, Identified),
    /// Ask whether to register; answered by `Answer::RegistrationChoice`.
    OfferRegistration(Ticket),
    /// Register; answered by `Answer::Registration`.
    Register(Ticket, Authenticated),
    /// Ask for eligibility; answered by `Answer::Eligibility`.
    Query(Ticket, Authenticated),
    /// Ask for one consent; answered by `Answer::Consent`.
    AskConsent {
        /// The request.
        ticket: Ticket,
        /// What the answer decides.
        items: Vec<ConsentItem>,
        /// Whether "one by one" can be offered.
        detail: bool,
    },
    /// Send the consents; answered by `Answer::Submitted`.
    Submit(Ticket, Authenticated, ConsentRecord),
    /// Send `Timeout` at this time.
    ArmTimer(TimerId, Timestamp),
    /// Do not.
    CancelTimer(TimerId),
    /// Nobody waits for this answer any more: cancel the call. A VERIFY under way is not torn
    /// down, its answer is dropped.
    Abandon(Ticket),
    /// Wipe PIN, card-face code, portrait, frames and templates.
    Wipe,
    /// Cut the card's power: a verified PIN survives anything less.
    PowerCycleCard,
    /// Tell the staff.
    NotifyStaff {
        /// What.
        message: MessageId,
        /// Why, if something failed.
        failure: Option<Failure>,
    },
    /// The session is over. Exactly one per session.
    Ended(Box<SessionReport>),
}
