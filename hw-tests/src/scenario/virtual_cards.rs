//! The virtual cards of a scenario.

use std::sync::Arc;

use myna_hal::myna::TrustStore;
use myna_hal::sim::VirtualCard;
use myna_hal::sim::card::{Certificate, Key, Profile};
use myna_hal::time::Clock;

use super::hands::Impossible;
use super::model::{Entry, Scenario};
use super::names::CardKind;

/// The virtual cards that a file names, and which of them was put in last.
pub struct VirtualCards {
    cards: Vec<(String, VirtualCard)>,
    last: Option<usize>,
}

impl VirtualCards {
    /// The cards of `scenario`, made from what `usual` is like.
    #[must_use]
    pub fn new(scenario: &Scenario, usual: &Profile, clock: &Arc<dyn Clock>) -> Self {
        let card = |(name, kind): &(String, CardKind)| {
            let card = VirtualCard::new(profile(*kind, usual.clone()), clock.clone());
            (name.clone(), card)
        };
        Self {
            cards: scenario.cards.iter().map(card).collect(),
            last: None,
        }
    }

    /// The card called `name`, which is put in now.
    ///
    /// # Errors
    /// [`Impossible`]: the file names no such card.
    pub fn take(&mut self, name: &str) -> Result<&VirtualCard, Impossible> {
        self.last = self.cards.iter().position(|(known, _)| known == name);
        self.last()
    }

    /// The card that was put in last.
    ///
    /// # Errors
    /// [`Impossible`]: none was.
    pub fn last(&self) -> Result<&VirtualCard, Impossible> {
        let card = self.last.and_then(|at| self.cards.get(at));
        let none = || Impossible::because("no card was put in");
        card.map(|(_, card)| card).ok_or_else(none)
    }

    /// What to type for `entry`; `None` for the key that cancels.
    #[must_use]
    pub fn digits(&self, entry: &Entry) -> Option<String> {
        let right = || {
            let pin = self.last().ok().and_then(|card| card.holder().pin.clone());
            // A card without PINs has none that would be right.
            pin.unwrap_or_else(|| "0000".to_owned())
        };
        match entry {
            Entry::Right => Some(right()),
            Entry::Wrong if right() == "0000" => Some("1111".to_owned()),
            Entry::Wrong => Some("0000".to_owned()),
            Entry::Digits(digits) => Some(digits.clone()),
            Entry::Cancel => None,
        }
    }

    /// Who issued them.
    ///
    /// # Errors
    /// What [`TrustStore::from_pem`] says.
    pub fn trust(&self, clock: &Arc<dyn Clock>) -> Result<TrustStore, String> {
        // The same authorities issue every virtual card; without a card in the file they are
        // trusted all the same.
        let pem = match self.cards.first() {
            Some((_, card)) => card.trust_pem(),
            None => VirtualCard::new(Profile::default(), clock.clone()).trust_pem(),
        };
        TrustStore::from_pem(&pem).map_err(|error| error.to_string())
    }

    /// What was improper: cards that are still open, and what cards were asked that they should
    /// not have been asked.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        for (name, card) in &self.cards {
            if card.is_unlocked() {
                complaints.push(format!("card {name} was left open"));
            }
            let violations = card.violations();
            if !violations.is_empty() {
                complaints.push(format!("card {name}: {violations:?}"));
            }
        }
        complaints
    }
}

fn profile(kind: CardKind, usual: Profile) -> Profile {
    match kind {
        CardKind::Ordinary => usual,
        CardKind::FaceOnly => Profile { pin: None, ..usual },
        CardKind::PinBlocked => usual.with_tries(Key::AuthPin, 0),
        CardKind::LastTry => usual.with_tries(Key::AuthPin, 1),
        CardKind::Expired => Profile {
            certificate: Certificate::Expired,
            ..usual
        },
        CardKind::OtherIssuer => Profile {
            certificate: Certificate::OtherAuthority,
            ..usual
        },
    }
}
