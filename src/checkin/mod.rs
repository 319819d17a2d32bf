//! The check-in session.

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
mod effect;
mod event;
mod failure;
mod identity;
mod machine;
mod messages;
mod policy;
pub mod ports;
mod report;
mod state;
pub mod validity;

#[cfg(test)]
mod tests;

pub use effect::{Detail, Effect, Prompt};
pub use event::{
    Answer, Attempts, CardAnswer, CardFaceAnswer, CardFacts, CardProfile, ConsentAnswer, Event,
    FaceAnswer, FaceHint, PinAnswer, PortraitAnswer, Presentation, Ticket, TimerId, ValueId,
};
pub use failure::{Blame, Consumed, Failure, FailureCode, Fallback, NextStep};
pub use identity::{Authenticated, Identified, Method, MethodSet, Proven, ProvenSet, SessionId};
pub use machine::{Now, step};
pub use messages::MessageId;
pub use policy::{
    AssistProfile, Budgets, Deadlines, PadPolicy, PinOwner, Policy, ServiceContext, SiteMode,
};
pub use report::{CancelledBy, Notice, Outcome, SessionReport, StepTime};
pub use state::{Counters, OutOfServiceReason, Phase, RemoveReason, State};
