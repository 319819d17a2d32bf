//! What a subscriber hears of a whole authentication.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::card::{CardReader, ShareMode};
use crate::layer::{Sink, Trace};
use crate::myna::{Client, PinOptions, TrustStore};
use crate::pin::HostPinPad;
use crate::sim::card::Profile;
use crate::sim::{Clock, Keypad, VirtualCard, VirtualContext};
use crate::wait::Wait;

/// Writes down everything, at every level.
#[derive(Clone, Default)]
struct Ear(Arc<Mutex<String>>);

struct Fields<'t>(&'t mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl Subscriber for Ear {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut text = self.0.lock().expect("no panic");
        let _ = write!(text, "span {}", span.metadata().name());
        span.record(&mut Fields(&mut text));
        text.push('\n');
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = self.0.lock().expect("no panic");
        text.push_str(event.metadata().target());
        event.record(&mut Fields(&mut text));
        text.push('\n');
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn a_dialogue_is_heard_and_no_secret_is() {
    let ear = Ear::default();
    let clock = Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal")).shared();
    let card = VirtualCard::new(Profile::default(), clock.clone());
    let reader = VirtualContext::new(clock.clone()).add_reader("Desk");
    reader.insert(&card);
    let mut reader = Trace::new(reader, "desk", Sink::tracing(), clock.clone());
    let wait = Wait::at_most(clock, Duration::from_secs(60));
    let keys = Keypad::new("keys");
    keys.types("1234");
    let proof = tracing::subscriber::with_default(ear.clone(), || {
        let mut connection = reader
            .connect(ShareMode::Shared, &wait)
            .expect("a card is in");
        let trust = TrustStore::from_pem(&card.trust_pem()).expect("own anchors");
        Client::new(trust).authenticate(
            &mut *connection,
            &mut HostPinPad::new(keys),
            &[7; 32],
            None,
            PinOptions::default(),
            &wait,
        )
    });
    let proof = proof.expect("authenticated");
    tracing::subscriber::with_default(ear.clone(), || {
        super::phase("idle", "idle");
        super::phase("idle", "card-present");
    });
    let text = ear.0.lock().expect("no panic").clone();
    let apdus = proof.traffic.apdus;
    for wanted in [
        "span dialogue".to_owned(),
        format!("myna_hal::myna message=dialogue ended apdus={apdus}"),
        "myna_hal::layer message=> 0.000 desk 1 transmit 00A4040C 10/0".to_owned(),
    ] {
        assert!(text.contains(&wanted), "no {wanted} in {text}");
    }
    assert_eq!(text.matches("message=phase").count(), 1, "only a change");
    for secret in ["1234", "31323334", "49, 50, 51"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let certificate = proof.certificate.expect("read");
    for piece in certificate.der().chunks_exact(8) {
        let hex: String = piece.iter().map(|byte| format!("{byte:02X}")).collect();
        assert!(!text.to_uppercase().contains(&hex), "{hex} in {text}");
    }
}
