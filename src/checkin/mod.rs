//! The check-in session: from a card on the reader to a patient who is checked in, or who is at
//! the counter with a way to go on.
//!
//! The session is a pure function, [`step`]: `(state, event, now, policy) → (state, effects)`.
//! It does no I/O, asks no clock and draws no random numbers; a whole reception runs in a unit
//! test. One [`State`] serves one reader; two readers are two states that share nothing.
//!
//! # For application authors
//!
//! Make one [`State::new`] per reader, tell it `ServiceBack`, `FaceEngine`, `CameraBack` and
//! `ReaderBack`, and then feed it everything that happens as an [`Event`] and carry out every [`Effect`] in order.
//! Every message is an id; the catalogues of `checkin::words` (feature `words`) have the words for
//! it, or you bring your own, and [`Guidance`] says what to tell whom and what can be done next.
//! [`Policy`] holds what a site decides; readings of rules on which the published notices disagree
//! are values there, and [`Policy::check`] finds what contradicts itself.
//!
//! A session begins with a card, with a phone that is chosen ([`Event::Chosen`]) or with a patient
//! who has neither ([`Event::WithoutCard`]); what is left to that patient are the ways to the
//! counter that hold today, see [`Policy::ways`].
//!
//! ```text
//! OutOfService ⇄ Idle → CardSettling → ReadingCard → ChooseMethod
//!                  ├── phone ────────→ PhoneAwait ──────────→ Authenticating
//!                  └── no card ──────→ WithoutCard ─────────→ the counter
//!
//! ChooseMethod ─ face ──→ UnlockingPortrait → FaceCapture ─┐
//!      ↑ ├────── PIN ───→ PinEntry ⇄ PinVerifying ─────────┤→ Authenticating
//!      │ └────── staff ─→ StaffGate → StaffConfirm ────────┘       │
//!      └── a method failed: what is left is offered                │
//!                                                                  ↓
//!        (OfferingRegistration → Registering →) Querying → Consenting(0…n) → Submitting → Showing
//!
//! every state that has a card ──→ RemoveCard → Ended → Idle
//! ```
//!
#![doc = include_str!("states.svg")]
//!
//! `Ended` is no place to stand: it is passed through and seen as [`Effect::Ended`], which carries
//! the [`SessionReport`]. A session begins when the card has settled. A failure names its next
//! steps ([`FailureCode::next_steps`]); none of them is nothing.
//!
//! | Effect | Answered by |
//! |---|---|
//! | `SettleCard` | `CardStable`, `CardMute`, `CardUnrecognised`, `MultipleCards`, `NotMyNumberCard` |
//! | `ReadCard` | `Answer::Card` |
//! | `OfferMethods` | `Chosen`, `PinUnknown` |
//! | `ScanCardFace` | `Answer::CardFace` |
//! | `UnlockPortrait` | `Answer::Portrait` |
//! | `StartFace` | `Answer::FaceHint` (any number), then `Answer::Face` |
//! | `CollectPin`, `VerifyPin` | `Answer::Pin` |
//! | `AwaitPhone` | `Answer::Phone` |
//! | `AskPapers` | `Answer::Papers` |
//! | `ExternalPin` | `Answer::Authentication`, or `Answer::Pin` if the PIN was not right |
//! | the prompt `pin-last-try` in `PinEntry` | `AcknowledgeLastTry`, `Cancel` |
//! | `AskStaffCode` | `Answer::StaffCode` |
//! | `AskStaffToCompare` | `StaffDecision` |
//! | `Authenticate` | `Answer::Authentication` |
//! | `OfferRegistration` | `Answer::RegistrationChoice` |
//! | `Register` | `Answer::Registration` |
//! | `Query` | `Answer::Eligibility` |
//! | `AskConsent` | `Answer::Consent` |
//! | `Submit` | `Answer::Submitted` |
//! | `ArmTimer` | `Timeout` |
//!
//! Any request may be answered by `Answer::Failed` with the kind of the error; what follows from
//! it is the machine's business. All other effects want no answer.
//!
//! # For driver authors
//!
//! The [`ports`] are the traits to implement for the government side, the staff and the scanner.
//!
//! # Contract
//!
//! - An event that means nothing in its state is ignored and counted, see [`Counters`].
//! - An answer counts only with the [`Ticket`] of the request that is open now; a late one, of
//!   this session or of another, is dropped and counted. The effect [`Effect::Abandon`] says that
//!   nobody waits any more.
//! - At most one timer is armed. Each is cancelled or fires.
//! - Every session emits [`Effect::Ended`] exactly once; before it PIN, code, portrait, frames and
//!   templates are wiped, and the card loses power when it is still there.
//! - [`Identified`] and [`Authenticated`] are proofs: nobody outside this room can make one.
//! - No consent is granted without the patient's own "yes" in the same session, and none is
//!   remembered. Consents that were given before an interruption stay in the report, unsent.
//! - A PIN is presented once per entry, a card-face code once per distinct value; neither is ever
//!   repeated by the machine, and the runner must not repeat them either.
//! - A calendar clock that is set while a session runs is not believed until it is over; a clock
//!   that is not believed decides nothing.
//! - A mode of the site begins with the next session and weakens no check. In training nothing is
//!   registered and no consent is sent.
//! - A card that was there before anybody looked is never processed.
//! - Removal in the middle ends the session, except while an answer of the government system is
//!   under way: it still belongs to this patient.

/// Defines a public enum whose variants have stable names in kebab-case.
macro_rules! coded {
    ($(#[$meta:meta])* pub enum $name:ident {
        $($(#[$vmeta:meta])* $variant:ident = $code:literal,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name { $($(#[$vmeta])* $variant,)* }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name, in kebab-case.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }
        }
    };
}

pub mod card_face;
pub mod consent;
#[cfg(feature = "serde")]
mod document;
mod effect;
mod event;
mod explain;
mod face_hint;
mod failure;
mod guidance;
mod identity;
mod machine;
mod messages;
mod policy;
pub mod ports;
mod report;
mod routes;
pub mod runner;
mod state;
mod text;
pub mod validity;
#[cfg(feature = "words")]
pub mod words;

#[cfg(test)]
mod tests;

pub use consent::{Consent, ConsentItem, ConsentPlan, ConsentRecord};
pub use effect::{Detail, Effect, Prompt};
pub use event::{
    Answer, Attempts, CardAnswer, CardFaceAnswer, CardFacts, CardProfile, ConsentAnswer, Event,
    FaceAnswer, PinAnswer, PortraitAnswer, Presentation, Ticket, TimerId, ValueId,
};
pub use explain::{Contact, Explanation};
pub use face_hint::FaceHint;
pub use failure::{Blame, Consumed, Failure, FailureCode, NextStep};
pub use guidance::Guidance;
pub use identity::{
    Authenticated, Credential, Identified, Method, MethodSet, Proven, ProvenSet, SessionId,
};
pub use machine::{Now, step};
pub use messages::MessageId;
pub use policy::{
    AssistProfile, Budgets, Deadlines, PadPolicy, PinOwner, Policy, PolicyConflict, ServiceContext,
    SiteMode,
};
pub use report::{CancelledBy, FaceClaim, Notice, Outcome, SessionReport, StepTime};
pub use routes::{Fallback, Papers, Route};
pub use state::{Counters, OutOfServiceReason, Phase, RemoveReason, State};
pub use text::TextId;
