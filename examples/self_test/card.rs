//! The card in a reader. No PIN is asked for, and none is sent; what is read is thrown away.

use std::sync::Arc;
use std::time::Duration;

use myna_hal::apdu::Atr;
use myna_hal::card::{CardConnection, CardPresence, Disposition, ShareMode};
use myna_hal::myna::{CertificateError, Client, Failure, TrustStore};
use myna_hal::time::Clock;
use myna_hal::{ErrorKind, Wait};

use crate::codes::{self, Code};
use crate::readers::Listed;
use crate::report::Finding;

/// How long one card may take.
const LIMIT: Duration = Duration::from_secs(15);

/// What can be said of the card in this reader.
pub(crate) fn check(listed: &mut Listed, clock: &Arc<dyn Clock>) -> Finding {
    let name = listed.reader.info().name.clone();
    let Ok(state) = &listed.state else {
        return Finding::new(&codes::CARD_NOT_ASKED).of(name);
    };
    match state.card {
        CardPresence::Absent => return Finding::new(&codes::CARD_ABSENT).of(name),
        CardPresence::Mute => return Finding::new(&codes::CARD_MUTE).of(name),
        _ => {}
    }
    let wait = Wait::at_most(clock.clone(), LIMIT);
    let mut card = match listed.reader.connect(ShareMode::Shared, &wait) {
        Ok(card) => card,
        Err(error) => {
            let code = match error.kind() {
                ErrorKind::NoCard => &codes::CARD_ABSENT,
                ErrorKind::Busy => &codes::CARD_BUSY,
                ErrorKind::Protocol | ErrorKind::TimedOut => &codes::CARD_MUTE,
                _ => &codes::CARD_LOST,
            };
            return Finding::new(code).of(name).because(&error);
        }
    };
    let found = read(&mut *card, &wait)
        .of(name)
        .with("kind", kind(card.atr()));
    // The page is not about how a card is let go.
    let _ = card.disconnect(Disposition::Leave);
    found
}

/// What an answer to reset says of the card (PC/SC part 3 §3.1.3.2.3). It identifies no card.
fn kind(atr: &Atr) -> &'static str {
    match atr.as_bytes() {
        [0x3B, second, 0x80, 0x01, ..] if second & 0xF0 == 0x80 => "contactless",
        _ if atr.offers(1) => "with contacts, T=1",
        _ => "with contacts, T=0",
    }
}

/// Reads the certificate, for nothing but whether that can be done.
fn read(card: &mut dyn CardConnection, wait: &Wait) -> Finding {
    let trust = match TrustStore::jlis() {
        Ok(trust) => trust,
        Err(error) => return Finding::new(&codes::CARD_UNREADABLE).because(&error),
    };
    let mut client = Client::new(trust);
    let failure = match client.certificate(card, wait) {
        Ok(_) => return Finding::new(&codes::CARD_READABLE).with("issuer", "J-LIS"),
        Err(failure) => failure,
    };
    // A card of a test system is as good for this as one of a person.
    if matches!(&failure, Failure::Certificate(refused) if !is_damaged(refused)) {
        return Finding::new(&codes::CARD_READABLE).with("issuer", "none that is known");
    }
    Finding::new(of_failure(&failure)).because(&failure)
}

fn is_damaged(refused: &CertificateError) -> bool {
    matches!(refused, CertificateError::Malformed)
}

fn of_failure(failure: &Failure) -> &'static Code {
    match failure {
        Failure::NotMyNumberCard => &codes::CARD_OTHER,
        Failure::Mute => &codes::CARD_MUTE,
        Failure::CertificateNeedsPin => &codes::CARD_NEEDS_PIN,
        Failure::Removed | Failure::OtherCard => &codes::CARD_LOST,
        Failure::Device(error) if error.kind() == ErrorKind::Busy => &codes::CARD_BUSY,
        Failure::Device(_) => &codes::CARD_LOST,
        _ => &codes::CARD_UNREADABLE,
    }
}
