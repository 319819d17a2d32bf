//! Names every text that people may read or hear, whatever it belongs to.

use super::consent::ConsentItem;
use super::explain::{Contact, Explanation};
use super::failure::NextStep;
use super::identity::Method;
use super::messages::MessageId;
use super::routes::Fallback;

/// Names one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TextId {
    /// A message of the session.
    Message(MessageId),
    /// What to do next.
    NextStep(NextStep),
    /// A way at the counter.
    Fallback(Fallback),
    /// A way to prove who one is.
    Method(Method),
    /// Information that may be shared.
    Item(ConsentItem),
    /// An explanation.
    Explanation(Explanation),
    /// A line to call.
    Contact(Contact),
}

impl TextId {
    /// The stable key of the text in a catalogue.
    #[must_use]
    pub fn key(self) -> String {
        match self {
            Self::Message(id) => id.code().to_owned(),
            Self::NextStep(id) => format!("next-{}", id.code()),
            Self::Fallback(id) => format!("route-{}", id.code()),
            Self::Method(id) => format!("method-{}", id.code()),
            Self::Item(id) => format!("item-{}", id.code()),
            Self::Explanation(id) => format!("explain-{}", id.code()),
            Self::Contact(id) => format!("contact-{}", id.code()),
        }
    }

    /// Names the recording of the spoken text, for a kiosk that plays files.
    #[must_use]
    pub fn audio(self) -> String {
        format!("audio.{}", self.key())
    }

    /// Every text of this crate.
    pub fn all() -> impl Iterator<Item = Self> {
        let items = [
            ConsentItem::Diagnosis,
            ConsentItem::Medication,
            ConsentItem::HealthCheckup,
            ConsentItem::LimitInfo,
            ConsentItem::SpecificDisease,
        ];
        let messages = MessageId::ALL.iter().copied().map(Self::Message);
        messages
            .chain(NextStep::ALL.iter().copied().map(Self::NextStep))
            .chain(Fallback::ALL.iter().copied().map(Self::Fallback))
            .chain(Method::ALL.iter().copied().map(Self::Method))
            .chain(items.into_iter().map(Self::Item))
            .chain(Explanation::ALL.iter().copied().map(Self::Explanation))
            .chain(Contact::ALL.iter().copied().map(Self::Contact))
    }
}

/// Lets a text be named by what it belongs to.
macro_rules! named_by {
    ($($id:ident),*) => {
        $(impl From<$id> for TextId {
            fn from(id: $id) -> Self {
                Self::$id(id)
            }
        })*
    };
}

named_by!(NextStep, Fallback, Method, Explanation, Contact);

impl From<MessageId> for TextId {
    fn from(id: MessageId) -> Self {
        Self::Message(id)
    }
}

impl From<ConsentItem> for TextId {
    fn from(id: ConsentItem) -> Self {
        Self::Item(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_has_a_key_and_a_recording_of_its_own() {
        let keys: std::collections::HashSet<_> = TextId::all().map(TextId::audio).collect();
        assert_eq!(keys.len(), TextId::all().count());
        let welcome = TextId::from(MessageId::Welcome);
        assert_eq!(welcome.audio(), "audio.welcome");
    }
}
