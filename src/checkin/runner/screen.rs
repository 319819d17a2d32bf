//! What the patient and the staff are to see and hear.

use super::inbox::Input;
use crate::checkin::consent::ConsentItem;
use crate::checkin::{Effect, Failure, MessageId, MethodSet, Phase, Prompt, Ticket};
use crate::time::Timestamp;

/// Something to show. Answers go through the [`Input`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Shown<'a> {
    /// The session stands somewhere else now. Comes before everything that belongs there.
    Entered {
        /// Where.
        phase: Phase,
        /// Until when, on the runner's clock, unless more time is asked for; `None` without a
        /// deadline.
        until: Option<Timestamp>,
    },
    /// Words to the patient.
    Prompt(Prompt),
    /// The methods to choose from; answered by [`Input::choose`].
    Methods(MethodSet),
    /// So many digits were entered.
    Digits(u8),
    /// Staff are to compare the person with the printed photo; answered by
    /// [`Input::staff_decides`].
    CompareWithPhoto,
    /// What a patient without a usable card has at hand; answered by [`Input::papers`].
    AskPapers(Ticket),
    /// Whether to register the card; answered by [`Input::register`].
    OfferRegistration(Ticket),
    /// One consent screen; answered by [`Input::consent`].
    Consent {
        /// Names the question.
        ticket: Ticket,
        /// What the answer decides.
        items: &'a [ConsentItem],
        /// Whether "one by one" can be offered.
        detail: bool,
    },
    /// Words to the staff.
    Staff {
        /// What.
        message: MessageId,
        /// Why, if something failed.
        failure: Option<&'a Failure>,
    },
}

/// The patient's screen and loudspeaker, and the staff's bell.
pub trait Screen {
    /// Shows something, without waiting for an answer: whoever blocks here keeps the session from
    /// hearing that the card was pulled.
    fn show(&mut self, shown: Shown<'_>, input: &Input);
}

/// Passes on the effects that concern people. All others are carried out by devices.
pub(super) fn show(effect: Effect, screen: &mut dyn Screen, input: &Input) {
    match effect {
        Effect::Prompt(prompt) => screen.show(Shown::Prompt(prompt), input),
        Effect::OfferMethods(methods) => screen.show(Shown::Methods(methods), input),
        Effect::ShowDigits(count) => screen.show(Shown::Digits(count), input),
        Effect::AskStaffToCompare => screen.show(Shown::CompareWithPhoto, input),
        Effect::AskPapers(ticket) => screen.show(Shown::AskPapers(ticket), input),
        Effect::OfferRegistration(ticket) => screen.show(Shown::OfferRegistration(ticket), input),
        Effect::AskConsent {
            ticket,
            items,
            detail,
        } => screen.show(
            Shown::Consent {
                ticket,
                items: &items,
                detail,
            },
            input,
        ),
        Effect::NotifyStaff { message, failure } => screen.show(
            Shown::Staff {
                message,
                failure: failure.as_ref(),
            },
            input,
        ),
        _ => {}
    }
}
